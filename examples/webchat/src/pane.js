// The pane of one user: signs in as ?user=, and shows one group.
import { Chat, EVENT, TYPES, conversationOf } from './chat.js';
import { elementOf } from './message.js';

const muteSeconds = 10 * 60;
const patience = 3000; // milliseconds

const $ = (id) => document.getElementById(id);
const me = new URLSearchParams(location.search).get('user') ?? 'alice';
const other = me === 'alice' ? 'bob' : 'alice';

// The group that is shown. One can write once it is open: the SDK takes a group
// that one has merely tried to write to for joined, and would not join it.
const group = { id: '', owner: '', otherMuted: false };
const shown = new Map(); // list items by message ID
let chat;

// attempt does what a button asks for, and shows the refusal if there is one.
async function attempt(action) {
  try {
    await action();
    showRefusal();
  } catch (error) {
    showRefusal(error);
  }
}

function showRefusal(error) {
  $('refusal').replaceChildren();
  if (!error) return;
  const code = document.createElement('code');
  code.textContent = error.code ?? 'error';
  $('refusal').append(code, ' ', error.message);
  scrollDown();
}

function scrollDown() {
  $('messages').scrollTop = $('messages').scrollHeight;
}

function enable(...ids) {
  for (const id of ids) $(id).disabled = false;
}

async function open(groupID) {
  if (groupID !== group.id) {
    shown.clear();
    $('messages').replaceChildren();
  }
  Object.assign(group, { id: groupID, owner: await chat.ownerOf(groupID), otherMuted: await chat.isMuted(groupID, other) });
  showMute();
  enable('mute', 'text', 'send');
  $('text').placeholder = `Message to ${groupID}`;
  for (const message of await chat.latest(groupID)) show(message);
  readIfFocused();
}

// show adds a message to the list, or shows what has become of it.
function show(message, error) {
  const item = elementOf(message, {
    me,
    error,
    recall: message.from === me || group.owner === me ? () => attempt(() => recall(message)) : null,
  });
  const before = shown.get(message.ID);
  shown.set(message.ID, item);
  if (before) {
    before.replaceWith(item);
    return;
  }
  $('messages').append(item);
  scrollDown();
}

async function send(text) {
  const message = chat.newText(group.id, text);
  show(message);
  try {
    await chat.send(message);
    show(message);
  } catch (error) {
    show(message, error);
    throw error;
  }
}

async function recall(message) {
  await chat.recall(message);
  show(message);
}

async function toggleMute() {
  await chat.mute(group.id, other, group.otherMuted ? 0 : muteSeconds);
  group.otherMuted = !group.otherMuted;
  showMute();
}

function showMute() {
  $('mute').textContent = `${group.otherMuted ? 'Unmute' : 'Mute'} ${other}`;
}

function showUnread(count) {
  $('unread').hidden = count === 0;
  $('unread').textContent = `${count} unread`;
}

// What arrives while the user looks at the pane is read at once. Nobody asked
// for that, so it changes the refusal only if it fails.
function readIfFocused() {
  if (group.id && document.hasFocus()) chat.markRead(group.id).catch(showRefusal);
}

function showConnection(state, text = state) {
  $('connection').dataset.state = state;
  $('connection').textContent = text;
}

function listen() {
  chat.on(EVENT.NET_STATE_CHANGE, ({ state }) => showConnection(state));
  chat.on(EVENT.KICKED_OUT, ({ type }) => {
    showConnection('disconnected', 'signed out');
    showRefusal({ code: type, message: 'This session has ended. Reload the page to sign in again.' });
  });
  chat.on(EVENT.MESSAGE_RECEIVED, (messages) => {
    const ours = messages.filter((message) => message.conversationID === conversationOf(group.id));
    for (const message of ours) show(message);
    if (ours.length > 0) readIfFocused();
  });
  chat.on(EVENT.MESSAGE_REVOKED, (messages) => {
    for (const message of messages) if (shown.has(message.ID)) show(message);
  });
  chat.on(EVENT.CONVERSATION_LIST_UPDATED, (conversations) => {
    const ours = conversations.find(({ conversationID }) => conversationID === conversationOf(group.id));
    showUnread(ours?.unreadCount ?? 0);
  });

  $('join').form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(async () => {
      await chat.joinGroup($('group-id').value);
      await open($('group-id').value);
    });
  });
  $('create').addEventListener('click', () => attempt(async () => {
    await chat.createGroup($('group-id').value);
    await open($('group-id').value);
  }));
  $('mute').addEventListener('click', () => attempt(toggleMute));
  $('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = $('text').value.trim();
    $('text').value = '';
    if (text) attempt(() => send(text));
  });
  window.addEventListener('focus', readIfFocused);
}

// signIn gets the credentials that a real app would get from its backend, and
// logs in with them.
async function signIn() {
  const response = await fetch(`/usersig?user=${me}`);
  const credentials = await response.json();
  if (!response.ok) throw new Error(credentials.error);
  chat = new Chat(credentials);
  listen();
  const impatient = setTimeout(() => showRefusal(new Error(`No answer from ${credentials.server}. Is the server running?`)), patience);
  await chat.login(credentials).finally(() => clearTimeout(impatient));
}

async function start() {
  document.title = me;
  $('user').textContent = me;
  $('face').textContent = me[0];
  document.body.dataset.user = me;
  showMute();

  try {
    await signIn();
  } catch (error) {
    showConnection('disconnected', 'not signed in');
    throw error;
  }
  showConnection(TYPES.NET_STATE_CONNECTED);
  enable('create', 'join');
  if (await chat.isMember($('group-id').value)) await open($('group-id').value);
}

attempt(start);
