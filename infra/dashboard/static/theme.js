// Puts the chosen theme in place before the first paint, so that a dark page does not flash white.
(function () {
  let chosen = null;
  try { chosen = localStorage.getItem('fanin-theme'); } catch { /* storage may be forbidden: then the system's choice holds */ }
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
