// Runs before the first paint (a classic script on purpose), so that a remembered theme never flashes.
(() => {
  const root = document.documentElement;
  const remembered = localStorage.getItem("deskmate.theme");
  if (remembered === "light" || remembered === "dark") root.dataset.theme = remembered;

  const dark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      localStorage.setItem("deskmate.theme", root.dataset.theme);
    });
  });
})();
