package group

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// JoinRequest is the wish of a user to become a member.
type JoinRequest struct {
	GroupID string
	// Text is shown to those who decide.
	Text string
}

// Joined is what became of it.
type Joined struct {
	// Waiting means that the owner or an administrator has to agree first.
	Waiting bool
	Group   *chat.Group
}

// Join makes the caller a member, or asks those who decide to let him in. Joining a
// room again that the caller is in succeeds. The app's backend is asked before.
func (s *Service) Join(ctx context.Context, caller chat.Caller, r JoinRequest) (Joined, error) {
	if len(r.Text) > chat.MaxApplicationBytes {
		return Joined{}, chat.ErrParameter.Because("ApplyMsg is longer than %d bytes", chat.MaxApplicationBytes)
	}
	if err := s.askBeforeJoin(ctx, caller, r.GroupID); err != nil {
		return Joined{}, err
	}
	var joined Joined
	err := s.edit(ctx, caller, r.GroupID, func(e *edit) error {
		joined = Joined{Group: e.group}
		way, err := e.admission(ctx)
		if err != nil {
			return err
		}
		switch way {
		case byHimself:
			return e.enter(ctx)
		case byPermission:
			joined.Waiting = true
			return e.apply(ctx, r.Text)
		case entered:
		}
		return nil
	})
	return joined, err
}

func (s *Service) askBeforeJoin(ctx context.Context, caller chat.Caller, groupID string) error {
	if !caller.App.Webhook.Enabled("Group.CallbackBeforeApplyJoinGroup") {
		return nil
	}
	var question event.BeforeGroupApply
	way := entered
	err := s.preview(ctx, caller, groupID, func(e *edit) (err error) {
		question.Group = e.event()
		way, err = e.admission(ctx)
		return err
	})
	if err != nil || way == entered {
		return err
	}
	if refusal := s.hooks.Ask(ctx, caller.App, question).Refusal; refusal != nil {
		return refusal
	}
	return nil
}

// admission is how a user gets in.
type admission int

const (
	// byHimself: he just enters.
	byHimself admission = iota
	// byPermission: somebody has to agree.
	byPermission
	// entered: he is in already, and that is all right.
	entered
)

// admission says how the caller gets into the group, or why he does not.
func (e *edit) admission(ctx context.Context) (admission, error) {
	g := e.group
	role, err := e.role(ctx, e.caller.UserID)
	switch {
	case err != nil:
		return 0, err
	case role != chat.RoleNone && g.Type.Is(chat.AVChatRoom):
		return entered, nil
	case role != chat.RoleNone:
		return 0, chat.ErrAlreadyMember
	case g.Type.Is(chat.AVChatRoom):
		return byHimself, e.notBanned(ctx)
	case g.Type.Is(chat.Private), g.ApplyJoinOption == disableApply:
		return 0, chat.ErrNotPermitted.Because("nobody can apply to join this group")
	case e.room() == 0:
		return 0, chat.ErrGroupFull
	case g.ApplyJoinOption == needPermission:
		return byPermission, nil
	}
	return byHimself, nil
}

// Options of joining and inviting.
const (
	needPermission = "NeedPermission"
	disableApply   = "DisableApply"
	disableInvite  = "DisableInvite"
)

// room is how many users the group can still take.
func (e *edit) room() int {
	if e.group.MaxMemberNum == 0 {
		return chat.MaxAddMembers
	}
	return max(e.group.MaxMemberNum-e.group.MemberNum, 0)
}

// enter makes the caller a member. His other clients are told too.
func (e *edit) enter(ctx context.Context) error {
	if err := e.admit(ctx, newcomers{ids: []string{e.caller.UserID}}); err != nil {
		return err
	}
	return e.notice(ctx, false, chat.Notice{UserID: e.caller.UserID, Type: chat.NoticeAccepted})
}

// newcomers are users on their way into a group.
type newcomers struct {
	ids []string
	// invited tells those who were added from those who applied.
	invited bool
	// silent newcomers are not announced in the conversation.
	silent bool
}

// admit makes users members who are none, and tells everybody.
func (e *edit) admit(ctx context.Context, n newcomers) error {
	g := e.group
	members := make([]chat.Member, 0, len(n.ids))
	for _, id := range n.ids {
		m := newMember(g, id, chat.RoleMember)
		m.JoinTime = e.tx.Now()
		members = append(members, m)
	}
	added, err := e.addMembers(ctx, members)
	if err != nil {
		return err
	}
	g.MemberNum += len(added)
	if err := e.tx.DeleteApplications(ctx, g.Conversation, n.ids); err != nil {
		return err
	}
	if err := e.record(ctx, event.GroupMembersJoined{Group: e.event(), Invited: n.invited, Members: members}); err != nil {
		return err
	}
	if err := e.state(ctx, event.RoomJoined, added); err != nil {
		return err
	}
	if !n.silent && !e.quiet() {
		if err := e.tip(ctx, chat.Tip{Type: chat.TipJoined, Invited: n.invited}, n.ids...); err != nil {
			return err
		}
	}
	if g.MaxMemberNum == 0 || g.MemberNum < g.MaxMemberNum {
		return nil
	}
	return e.record(ctx, event.GroupFull{Group: e.event()})
}

// AddResult is what became of one user who was to be added. Spec: groups#6.1
type AddResult int

// The results.
const (
	NotAdded AddResult = iota
	Added
	AlreadyMember
	// Waiting means that the owner or an administrator has to agree first.
	Waiting
)

// AddRequest names users who are to become members.
type AddRequest struct {
	GroupID string
	UserIDs []string
	// Silent adds them without a word in the conversation.
	Silent bool
}

// AddMembers adds users to a group and says for each what became of him. As
// many are added as fit. The app's backend is asked before and may leave some out.
func (s *Service) AddMembers(ctx context.Context, caller chat.Caller, r AddRequest) (map[string]AddResult, error) {
	if err := checkMembers(r.GroupID, "MemberList", r.UserIDs, chat.MaxAddMembers); err != nil {
		return nil, err
	}
	ids := chat.Unique(r.UserIDs)
	refused, err := s.askBeforeInvite(ctx, caller, r.GroupID, ids)
	if err != nil {
		return nil, err
	}
	var results map[string]AddResult
	err = s.edit(ctx, caller, r.GroupID, func(e *edit) error {
		in, err := e.invitation(ctx, ids)
		if err != nil {
			return err
		}
		if in.wanted = remaining(in.wanted, refused); in.asks {
			err = e.propose(ctx, &in)
		} else {
			err = e.invite(ctx, &in, r.Silent)
		}
		results = in.results
		return err
	})
	return results, err
}

// askBeforeInvite asks about those who would be added, and returns those who must
// not be.
func (s *Service) askBeforeInvite(ctx context.Context, caller chat.Caller, groupID string, ids []string) ([]string, error) {
	if !caller.App.Webhook.Enabled("Group.CallbackBeforeInviteJoinGroup") {
		return nil, nil
	}
	var question event.BeforeGroupInvite
	err := s.preview(ctx, caller, groupID, func(e *edit) error {
		in, err := e.invitation(ctx, ids)
		question = event.BeforeGroupInvite{Group: e.event(), Members: in.wanted}
		return err
	})
	if err != nil || len(question.Members) == 0 {
		return nil, err
	}
	answer := s.hooks.Ask(ctx, caller.App, question)
	if answer.Refusal != nil {
		return nil, answer.Refusal
	}
	return answer.RefusedMembers, nil
}

func remaining(ids, without []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(without, id) })
}

// invitation is a list of users who are to be added.
type invitation struct {
	results map[string]AddResult
	// wanted are those who can be.
	wanted []string
	// asks is set if somebody has to agree first.
	asks bool
}

// invitation sorts out whom the caller may add.
func (e *edit) invitation(ctx context.Context, ids []string) (invitation, error) {
	in := invitation{results: make(map[string]AddResult, len(ids))}
	if !e.group.Type.Rules().MemberList {
		return in, errNoMemberList
	}
	if err := e.require(e.rights().invite); err != nil {
		return in, err
	}
	switch e.group.InviteJoinOption {
	case disableInvite:
		if e.rank < rankApp {
			return in, chat.ErrNotPermitted.Because("nobody can be invited into this group")
		}
	case needPermission:
		in.asks = e.rank < rankAdmin
	}
	exists, err := e.tx.AccountsExisting(ctx, e.caller.App.SDKAppID, ids)
	if err != nil {
		return in, err
	}
	if len(exists) == 0 {
		return in, chat.ErrUserNotFound.Because("MemberList")
	}
	roles, err := e.tx.Roles(ctx, e.group.Conversation, ids)
	if err != nil {
		return in, err
	}
	for _, id := range ids {
		in.results[id] = NotAdded
		if _, member := roles[id]; member {
			in.results[id] = AlreadyMember
		} else if exists[id] {
			in.wanted = append(in.wanted, id)
		}
	}
	if len(in.wanted) > 0 && e.room() == 0 {
		return in, chat.ErrGroupFull
	}
	return in, nil
}

// invite adds as many as fit.
func (e *edit) invite(ctx context.Context, in *invitation, silent bool) error {
	ids := in.wanted[:min(len(in.wanted), e.room())]
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		in.results[id] = Added
	}
	if err := e.admit(ctx, newcomers{ids: ids, invited: true, silent: silent}); err != nil {
		return err
	}
	return e.noticeAll(ctx, ids, chat.Notice{Type: chat.NoticeInvited})
}

// maxProposed bounds how many invitations wait for permission after one request.
const maxProposed = 100

// propose asks those who decide.
func (e *edit) propose(ctx context.Context, in *invitation) error {
	if len(in.wanted) > maxProposed {
		return chat.ErrTooManyAccounts.Because("at most %d invitations can wait for permission at once", maxProposed)
	}
	for _, id := range in.wanted {
		in.results[id] = Waiting
		if err := e.ask(ctx, &chat.Application{Kind: chat.ApplicationInvite, Applicant: e.operator, Joiner: id}); err != nil {
			return err
		}
	}
	return nil
}

// alreadyHandled is what a handler is told of an application that is not there.
func alreadyHandled(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return chat.ErrAlreadyHandled
	}
	return err
}
