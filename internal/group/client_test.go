package group_test

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/store"
)

// sendBy sends as a user's client does.
func (f *fixture) sendBy(userID string, r *group.SendRequest) group.Sent {
	f.Helper()
	sent, err := f.groups.Send(f.Context(), f.client(userID), r)
	f.must(err)
	return sent
}

// recallBy recalls one message as a user's client does.
func (f *fixture) recallBy(userID, id string, seq int64) *chat.Error {
	f.Helper()
	results, err := f.groups.Recall(f.Context(), f.client(userID), group.RecallRequest{GroupID: id, Seqs: []int64{seq}})
	f.must(err)
	return results[seq]
}

// codeOf is a refusal's code, 0 for none.
func codeOf(refusal *chat.Error) int {
	if refusal == nil {
		return 0
	}
	return refusal.Code
}

// promote makes members administrators of a group.
func (f *fixture) promote(id string, userIDs ...string) {
	f.Helper()
	f.edit(id, userIDs, func(m *chat.Member) { m.Role = chat.RoleAdmin })
}

// edit changes members in storage, without what the operations say about it.
func (f *fixture) edit(id string, userIDs []string, change func(*chat.Member)) {
	f.Helper()
	conversation := f.group(id).Conversation
	for _, userID := range userIDs {
		m := f.member(id, userID)
		change(m)
		f.must(f.store.Update(f.Context(), func(tx store.Tx) error { return tx.UpdateMember(f.Context(), conversation, m) }))
	}
}

// enter makes users members of a group from now on, without a word about it.
func (f *fixture) enter(id string, userIDs ...string) {
	f.Helper()
	g := f.group(id)
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		var members []chat.Member
		for _, userID := range userIDs {
			members = append(members, chat.Member{UserID: userID, Role: chat.RoleMember, JoinTime: tx.Now(), ReadSeq: g.NextMsgSeq - 1, MsgFlag: g.Type.Rules().MsgFlag})
		}
		_, err := tx.AddMembers(f.Context(), f.app.SDKAppID, g.Conversation, members)
		return err
	}))
}

// leave takes users out of a group, without a word about it.
func (f *fixture) leave(id string, userIDs ...string) {
	f.Helper()
	conversation := f.group(id).Conversation
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		_, err := tx.RemoveMembers(f.Context(), conversation, userIDs)
		return err
	}))
}

// tip lets a group say something itself and returns its number.
func (f *fixture) tip(id string) int64 {
	f.Helper()
	conversation := f.group(id).Conversation
	m := &chat.Message{
		Sender: chat.SystemAccount, Priority: chat.PriorityNormal,
		Tip: &chat.Tip{Type: chat.TipQuit, Operator: chat.Person{UserID: "carol"}, MemberNum: 2},
	}
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		return tx.AppendMessage(f.Context(), f.app.SDKAppID, conversation, store.Stored, m)
	}))
	return m.Seq
}

// scroll reads history as a user's client does.
func (f *fixture) scroll(userID string, r group.ScrollRequest) group.Scroll {
	f.Helper()
	page, err := f.groups.Scroll(f.Context(), f.client(userID), r)
	f.must(err)
	return page
}

// seqsOf is the numbers of the messages of a page.
func seqsOf(page group.Scroll) []int64 {
	seqs := []int64{}
	for i := range page.Messages {
		seqs = append(seqs, page.Messages[i].Seq)
	}
	return seqs
}

// downTo counts down.
func downTo(from, to int64) []int64 {
	seqs := []int64{}
	for ; from >= to; from-- {
		seqs = append(seqs, from)
	}
	return seqs
}

// notices is what groups told a user, oldest first.
func (f *fixture) notices(userID string) []chat.Notice {
	f.Helper()
	var list []chat.Notice
	f.view(func(ctx context.Context, tx store.Tx) (err error) {
		list, err = tx.ListNotices(ctx, f.app.SDKAppID, userID, 0, chat.MaxNotices)
		return err
	})
	return slices.DeleteFunc(list, func(n chat.Notice) bool { return n.Type != chat.NoticeMention })
}
