/* Charts offer by default to send their data to another host. This takes the offer away as the library arrives:
   waiting for it and changing it afterwards is too late for the first chart. */
(function () {
  "use strict";
  var held;
  var quiet = { showSendToCloud: false, plotlyServerURL: "", displaylogo: false };
  Object.defineProperty(window, "Plotly", {
    configurable: true,
    get: function () { return held; },
    set: function (library) {
      held = library;
      if (library && library.setPlotConfig) { library.setPlotConfig(quiet); }
    },
  });
})();
