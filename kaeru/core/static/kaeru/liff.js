/* The page inside LINE: the ID token goes to the server, and LINE says there whose it is. Nothing that is read here is believed. */
const form = document.querySelector("[data-liff]");

if (form) {
  const query = new URLSearchParams(location.search);
  const state = new URLSearchParams((query.get("liff.state") || "").replace(/^[^?]*\?/, ""));
  const target = query.get("to") || state.get("to");
  if (target) form.elements.namedItem("to").value = target;

  const send = (token) => {
    if (!token) return;
    form.elements.namedItem("id_token").value = token;
    history.replaceState(null, "", location.pathname);
    form.submit();
  };

  const brought = new URLSearchParams(location.hash.slice(1)).get("id_token");
  if (brought) {
    send(brought);
  } else if (form.dataset.liff) {
    const sdk = document.createElement("script");
    sdk.src = "https://static.line-scdn.net/liff/edge/2/sdk.js";
    sdk.addEventListener("load", async () => {
      await window.liff.init({ liffId: form.dataset.liff });
      const asked = new URLSearchParams(location.search).get("to");
      if (asked) form.elements.namedItem("to").value = asked;
      if (window.liff.isLoggedIn()) send(window.liff.getIDToken());
      else window.liff.login({ redirectUri: location.href });
    });
    document.head.append(sdk);
  }
}
