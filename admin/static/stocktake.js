/* Scanning for a count: the box answers without a new page, with a colour and a sound, and the
   telephone's camera types into it. Without this script the box still works, page by page.
   Pictures go to the hub only where the browser cannot read codes itself; nobody keeps them. */
"use strict";

const form = document.querySelector("[data-scan]");
const box = form.elements.code;
const part = (name) => document.querySelector(`[data-${name}]`);
const NEWEST = 12;

const SOUNDS = { done: [[880, 0.09]], again: [[587, 0.07], [587, 0.07]], look: [[659, 0.1], [494, 0.14]], no: [[196, 0.3]] };
let audio;

function sound(tone) {
  audio ??= new AudioContext();
  let at = audio.currentTime;
  for (const [pitch, length] of SOUNDS[tone]) {
    const voice = audio.createOscillator();
    const volume = audio.createGain();
    voice.frequency.value = pitch;
    volume.gain.setValueAtTime(0.25, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + length);
    voice.connect(volume).connect(audio.destination);
    voice.start(at);
    voice.stop(at + length);
    at += length + 0.05;
  }
}

/* Scans wait for each other, so that the answers come in the order of the books. */
let waiting = Promise.resolve();

function send(code, way) {
  waiting = waiting.then(() => take(code, way)).catch(() => {
    show({ tone: "no", title: "Chưa ghi được", words: "Mất liên lạc với máy chủ. Hãy quét lại cuốn này.", code });
  });
  return waiting;
}

async function take(code, way) {
  const fields = new FormData(form);
  fields.set("code", code);
  fields.set("way", way);
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { Accept: "application/json" },
  });
  if (answer.redirected || answer.status === 403) return location.reload();
  if (!answer.ok) throw new Error(answer.status);
  show(await answer.json());
}

const dotted = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ".");

function show(told) {
  part("answer").className = `scan-answer scan-${told.tone}`;
  part("title").textContent = told.title;
  part("code").textContent = told.code;
  part("words").textContent = told.words;
  sound(told.tone);
  if (told.seen === undefined) return;
  part("seen").textContent = dotted(told.seen);
  part("stock").textContent = dotted(told.stock);
  part("progress").value = told.seen;
  if (told.tone === "done" || told.tone === "look") list(told);
}

function list(told) {
  const line = document.createElement("li");
  line.className = "line";
  const words = document.createElement("div");
  for (const [name, text] of [["line-title", told.title], ["line-note", `${told.code} · vừa xong`]]) {
    const one = document.createElement("p");
    one.className = name;
    one.textContent = text;
    words.append(one);
  }
  line.append(words);
  part("newest").prepend(line);
  while (part("newest").children.length > NEWEST) part("newest").lastElementChild.remove();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  const code = box.value.trim();
  box.value = "";
  box.focus();
  if (code) send(code, "");
});

/* A hand scanner types wherever the cursor is; outside of other fields it belongs in the box. */
document.addEventListener("keydown", (event) => {
  const elsewhere = event.target.closest("input, textarea, select, button, a, summary");
  if (!elsewhere && event.key.length === 1 && !event.ctrlKey && !event.metaKey) box.focus();
});

/* The camera. A code is believed when two pictures in a row say it, and taken again only after
   it was out of sight. */
const WIDEST = 1280;
const GONE_MS = 1500;
const PAUSE_MS = 150;
let stream;
let last = { code: "", at: 0, taken: false };

function believe(code) {
  const now = performance.now();
  if (!code) {
    if (now - last.at > GONE_MS) last = { code: "", at: now, taken: false };
    return;
  }
  if (code !== last.code) {
    last = { code, at: now, taken: false };
    return;
  }
  last.at = now;
  if (last.taken) return;
  last.taken = true;
  send(code, "camera");
}

async function ownReader() {
  if (!("BarcodeDetector" in window)) return null;
  const known = await BarcodeDetector.getSupportedFormats();
  const formats = ["qr_code", "code_128"].filter((one) => known.includes(one));
  if (formats.length < 2) return null;
  const detector = new BarcodeDetector({ formats });
  return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
}

function hubReader() {
  const canvas = document.createElement("canvas");
  return async (video) => {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
    const fields = new FormData();
    fields.set("key", form.elements.key.value);
    fields.set("picture", picture, "p.jpg");
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.dataset.picture, { method: "POST", body: fields, headers });
    if (!answer.ok) throw new Error(answer.status);
    return (await answer.json()).code;
  };
}

async function watch() {
  const video = part("video");
  const read = (await ownReader()) ?? hubReader();
  while (stream) {
    if (!document.hidden && video.videoWidth) believe(await read(video).catch(() => ""));
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

async function turnCamera() {
  if (stream) {
    for (const track of stream.getTracks()) track.stop();
    stream = undefined;
  } else {
    const wanted = { facingMode: "environment", width: { ideal: WIDEST } };
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    part("video").srcObject = stream;
    await part("video").play();
    watch();
  }
  part("camera").hidden = !stream;
  part("camera-button").textContent = stream ? "Tắt camera" : "Quét bằng camera";
}

if (navigator.mediaDevices) {
  part("camera-button").hidden = false;
  part("camera-button").addEventListener("click", () => {
    turnCamera().catch(() => {
      stream = undefined;
      show({ tone: "no", title: "Không mở được camera", words: "Hãy cho phép trang này dùng camera, hoặc dùng máy quét.", code: "" });
    });
  });
}
