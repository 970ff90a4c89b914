/* Controls write to the URL and nowhere else; the server reads the URL and checks every value it finds there. */
(function () {
  "use strict";

  function asList(value) {
    if (value === null || value === undefined || value === "") { return []; }
    return Array.isArray(value) ? value.slice().sort() : [String(value)];
  }
  function same(a, b) { return a.length === b.length && a.every(function (v, i) { return v === b[i]; }); }
  function put(params, key, values) {
    params.delete(key);
    values.forEach(function (value) { params.append(key, value); });
  }
  function toggle(params, key, value) {
    var held = params.getAll(key);
    put(params, key, held.includes(value) ? held.filter(function (v) { return v !== value; }) : held.concat([value]));
  }
  function written(params) { var text = params.toString(); return text ? "?" + text : ""; }

  function fromControl(params, key, value, initial) {
    if (key === "period" && value === "dates") { return false; }
    if ((key === "from" || key === "to") && value && value < "1990") { return false; }
    var wanted = asList(value);
    var held = params.getAll(key).sort();
    if (!held.length && initial !== undefined) { held = [initial]; }
    if (key === "period" && (params.has("from") || params.has("to"))) { held = []; }
    if (same(wanted, held)) { return false; }
    put(params, key, initial !== undefined && same(wanted, [initial]) ? [] : wanted);
    if (key === "period") { params.delete("from"); params.delete("to"); }
    if (key === "from" || key === "to") { params.delete("period"); }
    if (key === "unit") { params.delete("table"); }
    return true;
  }
  function fromClick(params, id, value) {
    var point = value && value.points && value.points[0];
    if (!point) { return false; }
    window.dash_clientside.set_props(id, { clickData: null });
    if (point.customdata === null || point.customdata === undefined) { return false; }
    if (id.panel === "month") { onlyMonth(params, point.customdata); } else { toggle(params, id.panel, point.customdata); }
    return true;
  }
  function onlyMonth(params, month) {
    var next = new Date(Date.UTC(+month.slice(0, 4), +month.slice(5, 7), 0));
    params.delete("period");
    put(params, "from", [month]);
    put(params, "to", [next.toISOString().slice(0, 10)]);
  }

  /* A page that is drawn anew takes the focus with it: give it back to the same control, or to the same card. */
  function keepFocus(place) {
    var held = document.activeElement;
    if (!held || held === document.body) { return; }
    var card = held.closest("section[id], .fd-sticky");
    var until = performance.now() + 3000;
    (function look() {
      if (held.isConnected) { if (performance.now() < until) { requestAnimationFrame(look); } return; }
      if (document.activeElement && document.activeElement !== document.body) { return; }
      var wanted = place && document.getElementById(place);
      if (wanted) { wanted.scrollIntoView(); }
      var again = wanted || (held.id && document.getElementById(held.id)) || (card && document.getElementById(card.id));
      if (again && again.matches("section, .fd-sticky")) { again = again.querySelector("a, button") || again; }
      if (again) { again.focus({ preventScroll: true }); }
      else if (performance.now() < until) { requestAnimationFrame(look); }
    })();
  }
  /* After going to another page the focus is on its heading, and the menu of a telephone is closed. */
  var lastPath;
  function arrive(title) {
    var until = performance.now() + 3000;
    window.dash_clientside.set_props("menu", { is_open: false });
    (function look() {
      var heading = document.getElementById("page-title");
      if (heading && heading.textContent === title) { heading.focus(); }
      else if (performance.now() < until) { requestAnimationFrame(look); }
    })();
  }
  function closeDrops(but) {
    document.querySelectorAll("details.fd-drop[open]").forEach(function (drop) {
      if (!but || !drop.contains(but)) { drop.open = false; }
    });
  }
  document.addEventListener("click", function (event) {
    closeDrops(event.target);
    var link = event.target.closest && event.target.closest("#page a");
    if (link) { keepFocus(link.hash.slice(1)); }
  });
  document.addEventListener("keydown", function (event) {
    var drop = event.key === "Escape" && event.target.closest && event.target.closest("details.fd-drop[open]");
    if (drop) { drop.open = false; drop.querySelector("summary").focus(); }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    frontdoor: {
      toUrl: function (controls, clicks, buttons, search, initial) {
        var params = new URLSearchParams(search || "");
        var changed = window.dash_clientside.callback_context.triggered.filter(function (one) {
          var id;
          try { id = JSON.parse(one.prop_id.slice(0, one.prop_id.lastIndexOf("."))); } catch (e) { return false; }
          if (id.type === "filter") { return fromControl(params, id.key, one.value, initial[id.key]); }
          if (id.type === "chart") { return fromClick(params, id, one.value); }
          if (id.type === "as-table" && one.value) { toggle(params, "table", id.panel); return true; }
          return false;
        });
        /* Not an output: the controls are outputs of what reads the URL, and the circle would stop both. */
        if (changed.length) { keepFocus(); window.dash_clientside.set_props("url", { search: written(params) }); }
      },
      navigation: function (pathname, search, ids) {
        document.querySelectorAll("[data-page-path]").forEach(function (item) {
          var link = item.querySelector("a");
          if (item.dataset.pagePath === pathname) { link.setAttribute("aria-current", "page"); }
          else { link.removeAttribute("aria-current"); }
        });
        var here = document.querySelector('[data-page-path="' + pathname + '"]');
        document.title = (here ? here.textContent + " – " : "") + "Front door";
        if (lastPath !== undefined && lastPath !== pathname) { arrive(here ? here.textContent : ""); }
        lastPath = pathname;
        return ids.map(function (id) { return id.path + (search || ""); });
      },
      toggle: function (clicks, isOpen) { return clicks ? !isOpen : isOpen; },
    },
  });
})();
