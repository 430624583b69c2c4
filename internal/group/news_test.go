package group_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// news is what those who are connected heard since they were last asked: the
// notices, tips and changes of membership, one line each.
func (f *fixture) news() []string {
	lines := []string{}
	for _, e := range f.hooks.listen() {
		if line := newsOf(e); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func newsOf(e event.Event) string {
	switch e := e.(type) {
	case event.GroupTipped:
		return tipLine(e.Message)
	case event.Noticed:
		n := e.Notice
		line := fmt.Sprintf("notice %d to %s by %s", n.Type, n.UserID, n.Operator)
		if n.Remark != "" {
			line += ": " + n.Remark
		}
		if n.ID > 0 {
			line += ", kept"
		}
		return line
	case event.GroupCreated:
		return fmt.Sprintf("created by %s with %s", e.Operator, names(e.Members))
	case event.GroupMembersJoined:
		return fmt.Sprintf("joined %s, invited %t", names(e.Members), e.Invited)
	case event.GroupMembersLeft:
		return fmt.Sprintf("left %s, removed %t", strings.Join(e.Members, " "), e.Removed)
	case event.GroupFull:
		return "full"
	case event.GroupDestroyed:
		return fmt.Sprintf("destroyed %s of %s: %s", e.Name, e.Owner, strings.Join(e.Members, " "))
	case event.GroupInfoChanged:
		return "info " + changeLine(&e.Change)
	case event.GroupOwnerChanged:
		return fmt.Sprintf("owner %s, was %s", e.New, e.Old)
	case event.GroupMsgFlagChanged:
		return e.UserID + " wants " + e.MsgFlag
	case event.GroupMemberChanged:
		line := "changed " + e.UserID
		if e.Role != nil {
			line += ", role " + string(*e.Role)
		}
		if e.NameCard != nil {
			line += ", card " + *e.NameCard
		}
		return line
	}
	return ""
}

func tipLine(m *chat.Message) string {
	t := m.Tip
	line := fmt.Sprintf("tip %d by %s", t.Type, t.Operator.UserID)
	for _, p := range t.Members {
		line += " " + p.UserID
	}
	line += fmt.Sprintf(", %d members", t.MemberNum)
	if t.Invited {
		line += ", invited"
	}
	if t.Type == chat.TipMemberChanged {
		line += fmt.Sprintf(", for %d s", t.MuteSeconds)
	}
	if t.Info != nil {
		line += ", " + changeLine(t.Info)
	}
	if m.OnlineOnly {
		line += ", not kept"
	}
	return line
}

func changeLine(c *chat.GroupChange) string {
	var words []string
	add := func(name string, value *string) {
		if value != nil {
			words = append(words, name+"="+*value)
		}
	}
	add("name", c.Name)
	add("introduction", c.Introduction)
	add("notification", c.Notification)
	add("face", c.FaceURL)
	add("apply", c.ApplyJoinOption)
	add("invite", c.InviteJoinOption)
	add("owner", c.Owner)
	if c.MuteAll != nil {
		words = append(words, fmt.Sprintf("mute=%t", *c.MuteAll))
	}
	for _, kv := range c.AppDefinedData {
		words = append(words, kv.Key+"="+kv.Value)
	}
	return strings.Join(words, " ")
}

func names(members []chat.Member) string {
	ids := make([]string, 0, len(members))
	for i := range members {
		ids = append(ids, members[i].UserID)
	}
	return strings.Join(ids, " ")
}

// kept is the notices that wait for a user.
func (f *fixture) kept(userID string) []chat.Notice {
	f.Helper()
	var list []chat.Notice
	f.view(func(ctx context.Context, tx store.Tx) (err error) {
		list, err = tx.ListNotices(ctx, f.app.SDKAppID, userID, 0, 100)
		return err
	})
	return list
}
