// Asks for new bubbles while a chat is open, and keeps the end of it in sight. Without this the page is loaded again by hand.
const talk = document.querySelector("form.talk");
const down = () => { const box = document.getElementById("bubbles"); if (box) box.scrollTop = box.scrollHeight; };
const look = async () => {
  const old = document.getElementById("bubbles");
  if (!talk || !old || document.hidden) return;
  const answer = await fetch(`${talk.dataset.news}?after=${old.dataset.last}`, { headers: { Accept: "text/html" } });
  if (answer.status !== 200) return;
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  const fresh = made.content.getElementById("bubbles");
  if (!fresh) return;
  old.replaceWith(fresh);
  document.getElementById("paint").href = fresh.dataset.paint;
  down();
};
down();
let asking = false;
setInterval(async () => {
  if (asking) return;
  asking = true;
  try { await look(); } catch { /* the next second asks again */ } finally { asking = false; }
}, 1000);
