//! What the columns of a file of people hold.

use crate::domain::email;

/// The standard attributes that can be written, as `OpenID` Connect names them.
const STANDARD: [&str; 18] = [
    "address",
    "birthdate",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "updated_at",
    "website",
    "zoneinfo",
    "profile",
];

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The address.
    Email,
    /// The groups.
    Groups,
    /// Whether to have a Studio profile.
    Profile,
    /// An attribute, by Cognito's name.
    Attribute(String),
    /// Something that cannot be written, by the header's name.
    Ignored(String),
    /// There is no such column.
    Missing,
}

impl Column {
    /// What a header means; none where it means nothing.
    pub fn of(header: &str) -> Option<Self> {
        let header = header.trim();
        let plain = header.to_lowercase().replace([' ', '-'], "_");
        // Whoever says so means it, also where the name is none that is known here.
        if let Some(("attribute" | "attributes", _)) = plain.split_once('.') {
            let (_, name) = header.split_once('.')?;
            return match name.trim() {
                "" => None,
                "email" => Some(Self::Email),
                name if is_read_only(name) => Some(Self::Ignored(header.to_owned())),
                name => Some(Self::Attribute(name.to_owned())),
            };
        }
        let attribute = |name: &str| Some(Self::Attribute(name.to_owned()));
        match plain.as_str() {
            "email" | "e_mail" | "mail" | "email_address" | "e_mail_address" | "mail_address"
            | "user" => Some(Self::Email),
            "groups" | "group" | "cognito:groups" => Some(Self::Groups),
            "profile" | "studio_profile" | "profile_name" => Some(Self::Profile),
            "username" | "user_name" | "status" | "user_status" | "enabled" | "created"
            | "created_at" | "modified" | "modified_at" | "mfa" => {
                Some(Self::Ignored(header.to_owned()))
            }
            "first_name" => attribute("given_name"),
            "last_name" | "surname" => attribute("family_name"),
            "full_name" | "display_name" => attribute("name"),
            "phone" => attribute("phone_number"),
            name if STANDARD.contains(&name) => attribute(name),
            _ if is_read_only(header) => Some(Self::Ignored(header.to_owned())),
            // Custom attributes mind their case.
            _ if plain.starts_with("custom:") => {
                let (_, name) = header.split_once(':')?;
                (!name.is_empty()).then(|| Self::Attribute(format!("custom:{name}")))
            }
            _ => None,
        }
    }

    /// The header that [`Column::of`] takes for this attribute.
    pub fn header_of(attribute: &str) -> String {
        match Self::of(attribute) {
            Some(Self::Attribute(name) | Self::Ignored(name)) if name == attribute => name,
            _ => format!("attributes.{attribute}"),
        }
    }
}

/// Whether Cognito alone writes the attribute.
pub(in crate::plan) fn is_read_only(attribute: &str) -> bool {
    ["sub", "identities"].contains(&attribute) || attribute.starts_with("cognito:")
}

/// The columns of a file, in its order.
#[derive(Debug)]
pub(super) struct Columns(Vec<Column>);

impl Default for Columns {
    /// Of a file without a header.
    fn default() -> Self {
        Self(vec![Column::Email, Column::Groups, Column::Profile])
    }
}

impl Columns {
    /// Whether the first row of a file is a header: no header has an `@`, every address has.
    pub fn is_header(fields: &[String]) -> bool {
        !fields.iter().any(|field| field.contains('@'))
    }

    /// The columns by their headers.
    ///
    /// # Errors
    /// What is wrong, and the next step.
    pub fn of(headers: &[String]) -> Result<Self, (String, String)> {
        let mut columns: Vec<Column> = Vec::with_capacity(headers.len());
        let mut strange = Vec::new();
        for header in headers {
            let column = if header.trim().is_empty() {
                Column::Missing
            } else if let Some(column) = Column::of(header) {
                column
            } else {
                strange.push(header.as_str());
                continue;
            };
            let twice = !matches!(column, Column::Missing | Column::Ignored(_));
            if twice && columns.contains(&column) {
                return Err((
                    format!("the column {header:?} stands twice"),
                    "leave one of them".to_owned(),
                ));
            }
            columns.push(column);
        }
        if let Some(header) = strange.first() {
            let advice = match nearest(header) {
                Some(name) => format!("call it {name}"),
                None => format!(
                    "use email, groups, profile, custom:{}, or one of Cognito's: {}",
                    header.trim().replace(' ', "_"),
                    STANDARD.map(Column::header_of).join(", ")
                ),
            };
            if columns.contains(&Column::Email) {
                return Err((format!("there is no column {header:?}"), advice));
            }
        }
        if !columns.contains(&Column::Email) {
            return Err((
                "no column can be an e-mail address".to_owned(),
                "start the file with the line email,groups,profile, or put the addresses first"
                    .to_owned(),
            ));
        }
        Ok(Self(columns))
    }

    /// The column at a place.
    pub fn get(&self, at: usize) -> &Column {
        self.0.get(at).unwrap_or(&Column::Missing)
    }

    /// The headers of what is not read.
    pub fn ignored(&self) -> Vec<String> {
        self.0
            .iter()
            .filter_map(|column| match column {
                Column::Ignored(header) => Some(header.clone()),
                _ => None,
            })
            .collect()
    }

    /// How much sense a row makes, as a first row or another.
    pub fn sense(fields: &[String], first: bool) -> usize {
        if first && Self::is_header(fields) {
            return fields
                .iter()
                .filter(|field| Column::of(field).is_some())
                .count();
        }
        // The address may stand anywhere, where a header says so.
        usize::from(fields.iter().any(|field| email::check(field).is_ok()))
    }
}

/// The known header that was probably meant.
fn nearest(header: &str) -> Option<&'static str> {
    const LIKE: f64 = 0.85;
    let header = header.trim().to_lowercase();
    ["email", "groups", "profile"]
        .into_iter()
        .chain(STANDARD)
        .map(|name| (strsim::jaro_winkler(name, &header), name))
        .filter(|(like, _)| *like >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("E-Mail", Column::Email)]
    #[case(" Email Address ", Column::Email)]
    #[case("mail", Column::Email)]
    #[case("Group", Column::Groups)]
    #[case("PROFILE", Column::Profile)]
    #[case("Given Name", Column::Attribute("given_name".into()))]
    #[case("attributes.profile", Column::Attribute("profile".into()))]
    #[case("attributes.whatever", Column::Attribute("whatever".into()))]
    #[case("custom:Team", Column::Attribute("custom:Team".into()))]
    #[case("attributes.custom:Team", Column::Attribute("custom:Team".into()))]
    #[case("sub", Column::Ignored("sub".into()))]
    #[case("cognito:mfa_enabled", Column::Ignored("cognito:mfa_enabled".into()))]
    #[case("status", Column::Ignored("status".into()))]
    fn headers_are_known_by_many_names(#[case] header: &str, #[case] column: Column) {
        assert_eq!(Column::of(header), Some(column));
    }

    #[rstest]
    #[case("email;emial", "\"emial\"", "call it email")]
    #[case("email;team", "\"team\"", "custom:team")]
    #[case("email;attributes.", "attributes.", "email, groups")]
    #[case("email;e-mail", "twice", "leave one")]
    #[case("name;groups", "no column can be", "email,groups,profile")]
    #[case("ada;readers", "no column can be", "email,groups,profile")]
    fn a_header_that_cannot_be_is_answered(
        #[case] headers: &str,
        #[case] wrong: &str,
        #[case] next: &str,
    ) {
        let headers: Vec<String> = headers.split(';').map(ToOwned::to_owned).collect();
        let (message, advice) = Columns::of(&headers).unwrap_err();
        assert!(message.contains(wrong), "{message}");
        assert!(advice.contains(next), "{advice}");
    }

    #[test]
    fn every_attribute_has_a_header_that_means_it() {
        for name in STANDARD
            .into_iter()
            .chain(["custom:Team X", "groups", "strange"])
        {
            assert_eq!(
                Column::of(&Column::header_of(name)),
                Some(Column::Attribute(name.to_owned())),
                "{name}"
            );
        }
        assert_eq!(Column::header_of("sub"), "sub");
    }
}
