"""Prints every row of every table (argv[1], SQLite) and every artifact (argv[2])."""

import hashlib
import sqlite3
import sys
from pathlib import Path

database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
tables = [row[0] for row in database.execute("select name from sqlite_master where type='table' order by name")]
for table in tables:
    for row in sorted(map(repr, database.execute(f'select * from "{table}"'))):
        print(table, row)
root = Path(sys.argv[2])
for path in sorted(root.rglob("*")):
    content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
    print(path.relative_to(root), content)
