// Prints and copies an article. An addition: without it the page has links to the same text.

const said = document.querySelector("[data-said]");

for (const button of document.querySelectorAll("[data-print], [data-copy-from]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if ("print" in button.dataset) return window.print();
    const { copy } = await import("/static/actions.js");
    said.textContent = await copy(button).catch(() => "The article could not be copied.");
  });
}
