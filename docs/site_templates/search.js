// Search and filters without any request: the index is a script of the site (search-index.js).
(function () {
  "use strict";
  var box = document.getElementById("search"), out = document.getElementById("found");
  if (box && out && window.INDEX) {
    var show = function () {
      var words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      out.textContent = "";
      if (!words.length) { return; }
      var hits = window.INDEX.filter(function (p) {
        return words.every(function (w) { return p.s.indexOf(w) >= 0; });
      });
      hits.sort(function (a, b) { return (b.t.toLowerCase() === words[0]) - (a.t.toLowerCase() === words[0]); });
      hits.slice(0, 40).forEach(function (p) {
        var li = document.createElement("li"), a = document.createElement("a");
        a.href = box.dataset.root + p.u; a.textContent = p.t; li.appendChild(a);
        li.appendChild(document.createTextNode(" " + p.d)); out.appendChild(li);
      });
      if (!hits.length) { var none = document.createElement("li"); none.textContent = "Nothing is found."; out.appendChild(none); }
    };
    box.addEventListener("input", show); show();
  }
  var pick = document.getElementById("pick"), word = document.getElementById("word"), rows = document.querySelectorAll("tr[data-v]");
  if (pick && rows.length) {
    var count = document.getElementById("count");
    var filter = function () {
      var v = pick.value, w = word ? word.value.toLowerCase() : "", n = 0;
      rows.forEach(function (r) {
        var on = (!v || r.dataset.v === v) && (!w || r.textContent.toLowerCase().indexOf(w) >= 0);
        r.hidden = !on; n += on ? 1 : 0;
      });
      if (count) { count.textContent = n + " shown"; }
    };
    pick.addEventListener("change", filter); if (word) { word.addEventListener("input", filter); } filter();
  }
})();
