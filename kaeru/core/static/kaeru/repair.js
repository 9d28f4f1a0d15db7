/* The shopper's page: seven digits of a postal code fill prefecture and town at once. The server knows the places; without this
   script the button beside the field does the same. What somebody typed is never written over. */
const form = document.querySelector("[data-postal]");

if (form) {
  const field = (name) => form.elements.namedItem(name);
  const digits = (text) => text.normalize("NFKC").replace(/[^0-9]/g, "");
  const filled = new Map();
  let asked = digits(field("postal_code").value);

  const put = (name, value) => {
    const input = field(name);
    const own = input.value && input.value !== filled.get(name);
    if (!value || own) return;
    input.value = value;
    filled.set(name, value);
  };

  field("postal_code").addEventListener("input", async () => {
    const code = digits(field("postal_code").value);
    if (code.length !== 7 || code === asked) return;
    asked = code;
    const told = new FormData(form);
    told.set("do", "look");
    try {
      const answer = await fetch(location.pathname, { method: "POST", body: told, credentials: "same-origin" });
      if (!answer.ok || digits(field("postal_code").value) !== code) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const known = page.querySelector("[data-postal]");
      if (known) for (const name of ["region", "city"]) put(name, known.elements.namedItem(name).value);
    } catch {
      asked = ""; /* no line: the button is still there */
    }
  });
}
