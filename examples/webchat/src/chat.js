// One user's SDK instance, and what the page wants of it. Only proxyServer says
// that this is Parley; everything else is as with the public cloud.
import TencentCloudChat from '@tencentcloud/chat';

export const { EVENT, TYPES } = TencentCloudChat;

const warnings = 2; // the SDK's log level

export const conversationOf = (groupID) => TYPES.CONV_GROUP + groupID;

export class Chat {
  constructor({ sdkAppID, server }) {
    this.sdk = TencentCloudChat.create({ SDKAppID: sdkAppID, proxyServer: server });
    this.sdk.setLogLevel(warnings);
  }

  on(event, listener) {
    this.sdk.on(event, ({ data }) => listener(data));
  }

  // login resolves when the SDK can be used.
  async login({ userID, userSig }) {
    const ready = new Promise((resolve) => this.sdk.on(EVENT.SDK_READY, resolve));
    await this.sdk.login({ userID, userSig });
    if (!this.sdk.isReady()) await ready;
  }

  async createGroup(groupID) {
    await this.sdk.createGroup({
      type: TYPES.GRP_PUBLIC,
      groupID,
      name: groupID,
      joinOption: TYPES.JOIN_OPTIONS_FREE_ACCESS,
    });
    // The SDK itself says in the group that it was created, a moment later.
    for (let tries = 0; tries < 20 && (await this.latest(groupID)).length === 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async joinGroup(groupID) {
    await this.sdk.joinGroup({ groupID });
  }

  async isMember(groupID) {
    const { data } = await this.sdk.getGroupList();
    return data.groupList.some((group) => group.groupID === groupID);
  }

  async ownerOf(groupID) {
    const { data } = await this.sdk.getGroupProfile({ groupID });
    return data.group.ownerID;
  }

  // isMuted reports whether a member may not write. Who is no member is not muted.
  async isMuted(groupID, userID) {
    const { data } = await this.sdk.getGroupMemberProfile({ groupID, userIDList: [userID] });
    return data.memberList.some((member) => member.muteUntil * 1000 > Date.now());
  }

  async mute(groupID, userID, seconds) {
    await this.sdk.setGroupMemberMuteTime({ groupID, userID, muteTime: seconds });
  }

  // latest returns the newest page of a group's messages, oldest first.
  async latest(groupID) {
    const { data } = await this.sdk.getMessageList({ conversationID: conversationOf(groupID) });
    return data.messageList;
  }

  newText(groupID, text) {
    return this.sdk.createTextMessage({ to: groupID, conversationType: TYPES.CONV_GROUP, payload: { text } });
  }

  async send(message) {
    await this.sdk.sendMessage(message);
  }

  async recall(message) {
    await this.sdk.revokeMessage(message);
  }

  async markRead(groupID) {
    await this.sdk.setMessageRead({ conversationID: conversationOf(groupID) });
  }
}
