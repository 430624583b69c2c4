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
	switch {
	case r.GroupID == "":
		return chat.ErrParameter.Because("GroupId is required")
	case !chat.WellFormedGroupID(r.GroupID):
		return chat.ErrGroupID
	case len(r.TopicID) > chat.MaxTopicIDBytes:
		return chat.ErrParameter.Because("TopicId is longer than 96 bytes")
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
		OnlineOnly: r.OnlineOnly, NoUnread: r.NoUnread, NoLastMsg: r.NoLastMsg, NeedReadReceipt: r.NeedReadReceipt,
		SupportExtension: r.SupportExtension, Mentions: r.Mentions, Receivers: unique(r.To), OfflinePush: r.OfflinePush,
	}
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
		return chat.ErrTooManyAccounts.Because("To_Account names at most 50 members")
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
	return nil
}

func (r *SendRequest) sender(caller chat.Caller) string {
	if r.From != "" {
		return r.From
	}
	return caller.UserID
}

// remains is what can still be told of a message whose parameters were wrong.
// Spec: webhooks#5.3
func (r *SendRequest) remains(caller chat.Caller) *chat.Message {
	m := &chat.Message{
		Sender: r.sender(caller), Body: chat.Remains(r.MsgBody),
		CloudCustomData: r.CloudCustomData, OnlineOnly: r.OnlineOnly,
	}
	if r.Random != nil {
		m.Random = *r.Random
	}
	if len(r.MsgBody)+len(m.CloudCustomData) > maxRemains {
		m.Body, m.CloudCustomData = chat.Body{}, ""
	}
	return m
}

// maxRemains bounds what a message that was refused for its size leaves in the
// outbox.
const maxRemains = 64 << 10
