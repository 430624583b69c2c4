package group

import (
	"bytes"

	"github.com/parley-im/parley/internal/chat"
)

// prepare checks the parameters and the size and makes the message.
func (s *sending) prepare() error {
	r := s.request
	if r.Fault != nil {
		return r.Fault
	}
	if err := checkID(r.GroupID); err != nil {
		return err
	}
	switch {
	case len(r.TopicID) > chat.MaxTopicIDBytes:
		return chat.ErrParameter.Because("TopicId is longer than %d bytes", chat.MaxTopicIDBytes)
	case r.Random == nil:
		return chat.ErrParameter.Because("Random is required")
	}
	priority, ok := chat.ParsePriority(r.Priority)
	if !ok {
		return chat.ErrParameter.Because("MsgPriority is none of High, Normal, Low, Lowest")
	}
	if err := r.checkFlags(); err != nil {
		return err
	}
	if len(r.MsgBody)+len(r.CloudCustomData) > chat.MaxMessageBytes {
		return chat.ErrMessageTooLong
	}
	body, why := chat.ParseBody(r.MsgBody)
	if why != "" {
		return chat.ErrParameter.Because("%s", why)
	}
	s.message = &chat.Message{
		Sender: r.sender(s.caller), Random: *r.Random, Priority: priority, Body: body, CloudCustomData: r.CloudCustomData,
		NeedReadReceipt: r.NeedReadReceipt, SupportExtension: r.SupportExtension, Mentions: r.Mentions, Receivers: chat.Unique(r.To),
		OfflinePush: r.OfflinePush, ClientTime: chat.ClientNumber(r.ClientTime), ClientSeq: chat.ClientNumber(r.ClientSeq),
	}
	s.given = s.message
	return nil
}

// checkFlags refuses parameters that do not go together.
func (r *SendRequest) checkFlags() error {
	switch {
	case r.OnlineOnly && (r.NoUnread || r.NoLastMsg):
		return chat.ErrParameter.Because("SendMsgControl does not go with OnlineOnlyFlag")
	case r.OnlineOnly && len(r.To) > 0:
		return chat.ErrParameter.Because("To_Account does not go with OnlineOnlyFlag")
	case r.OnlineOnly && r.NeedReadReceipt:
		return chat.ErrReceiptOnline
	case len(r.To) > chat.MaxReceivers:
		return chat.ErrTooManyAccounts.Because("To_Account names at most %d members", chat.MaxReceivers)
	case len(r.Mentions) > chat.MaxMentions:
		return chat.ErrTooManyMentions
	}
	for _, m := range r.Mentions {
		if !m.All && m.UserID == "" {
			return chat.ErrParameter.Because("GroupAt_Account is required in GroupAtInfo")
		}
	}
	if p := bytes.TrimSpace(r.OfflinePush); len(p) > 0 && p[0] != '{' {
		return chat.ErrParameter.Because("OfflinePushInfo must be an object")
	}
	return checkAccounts("To_Account", r.To)
}

// sender is who sends: only administrators do so for somebody else.
func (r *SendRequest) sender(caller chat.Caller) string {
	if caller.Admin && r.From != "" {
		return r.From
	}
	return caller.UserID
}

// adapt sets the flags as they are in a group of the sender's type: those of an
// AVChatRoom have none, and a message to some members is never unread.
// Spec: groups#7.2
func (s *sending) adapt() {
	m, r := s.message, s.request
	if s.sender.Type.Is(chat.AVChatRoom) {
		m.OnlineOnly, m.NoUnread, m.NoLastMsg = false, false, false
		return
	}
	m.OnlineOnly, m.NoLastMsg = r.OnlineOnly, r.NoLastMsg
	m.NoUnread = r.NoUnread || len(r.To) > 0
}
