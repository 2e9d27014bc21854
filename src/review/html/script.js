(function(){
var table=document.getElementById("people-table");
if(table){
var rows=Array.prototype.slice.call(table.tBodies[0].rows);
var field=document.createElement("input");
field.type="search";field.className="filter";
field.setAttribute("aria-label","Show only people that match");
field.placeholder="Show only people that match";
field.addEventListener("input",function(){
var words=field.value.toLowerCase().split(" ").filter(Boolean);
rows.forEach(function(row){
var text=row.textContent.toLowerCase();
row.hidden=!words.every(function(word){return text.includes(word);});
});
});
table.parentNode.parentNode.insertBefore(field,table.parentNode);
}
window.addEventListener("beforeprint",function(){
document.querySelectorAll("details").forEach(function(one){one.open=true;});
});
})();
