// What a message looks like in the list.
import { TYPES } from './chat.js';

// elementOf makes the list item of a message. error is why it was not sent,
// recall is what its button does, if it has one.
export function elementOf(message, { me, error, recall }) {
  const item = document.createElement('li');
  const note = noteOf(message);
  if (note) {
    item.className = 'note';
    item.textContent = note;
    return item;
  }
  item.className = message.from === me ? 'message mine' : 'message';
  item.append(make('span', 'from', message.from));
  if (message.isRevoked) {
    item.classList.add('recalled');
    item.append(make('p', 'text', `${message.revoker || message.from} recalled this message`));
    return item;
  }
  const state = make('p', 'state', stateOf(message, error));
  if (recall && message.status === 'success') state.append(recallButton(message, recall));
  item.classList.toggle('failed', Boolean(error));
  item.append(make('p', 'text', textOf(message)), state);
  return item;
}

function recallButton(message, recall) {
  const button = make('button', 'recall', 'Recall');
  button.type = 'button';
  button.setAttribute('aria-label', `Recall “${textOf(message)}”`);
  button.addEventListener('click', recall);
  return button;
}

function textOf({ type, payload }) {
  return type === TYPES.MSG_TEXT ? payload.text : `[${type}]`;
}

function stateOf({ status, time }, error) {
  if (error) return `not sent: ${error.code}`;
  if (status !== 'success') return 'sending';
  return new Date(time * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

// noteOf is the text of what nobody wrote: a tip of the server, or the message
// that the SDK sends into each new group.
function noteOf({ type, from, payload }) {
  if (type === TYPES.MSG_CUSTOM && payload.data.includes('"group_create"')) return `${from} created the group`;
  return type === TYPES.MSG_GRP_TIP ? tipOf(payload) : '';
}

function tipOf({ operationType, operatorID, userIDList = [], memberList = [] }) {
  const users = userIDList.join(', ');
  switch (operationType) {
    case TYPES.GRP_TIP_MBR_JOIN:
      return `${users} joined`;
    case TYPES.GRP_TIP_MBR_QUIT:
      return `${users || operatorID} left`;
    case TYPES.GRP_TIP_MBR_PROFILE_UPDATED:
      return memberList.map(({ userID, muteTime }) => `${operatorID} ${muteTime > 0 ? 'muted' : 'unmuted'} ${userID}`).join(', ');
    default:
      return `${operatorID} changed the group`;
  }
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
