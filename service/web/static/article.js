// Prints an article and copies it or a citation. An addition: without it the page has links to the
// same text. A conversation that is only read uses it as well.

const said = document.querySelector("[data-said]");

for (const button of document.querySelectorAll("[data-print], [data-copy-from], [data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if ("print" in button.dataset) return window.print();
    const { copy } = await import("/static/actions.js");
    said.textContent = await copy(button).catch(() => "It could not be copied.");
  });
}
