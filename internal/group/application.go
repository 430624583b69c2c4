package group

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// maxManagers bounds how many of a group's administrators are told of an
// application.
const maxManagers = 50

// apply asks those who decide to let the caller in.
func (e *edit) apply(ctx context.Context, text string) error {
	return e.ask(ctx, &chat.Application{Kind: chat.ApplicationJoin, Applicant: e.caller.UserID, Joiner: e.caller.UserID, Text: text})
}

// ask keeps an application and tells those who decide.
func (e *edit) ask(ctx context.Context, a *chat.Application) error {
	a.Authentication = strings.ToLower(rand.Text()[:16])
	if err := e.tx.PutApplication(ctx, e.caller.App.SDKAppID, e.group.Conversation, a); err != nil {
		return err
	}
	managers, _, err := e.tx.ListMembers(ctx, e.group.Conversation, store.MemberPage{
		Roles: []chat.Role{chat.RoleOwner, chat.RoleAdmin}, Limit: maxManagers,
	})
	if err != nil {
		return err
	}
	ids := make([]string, 0, len(managers))
	for i := range managers {
		ids = append(ids, managers[i].UserID)
	}
	return e.noticeAll(ctx, ids, chat.Notice{
		Type: chat.NoticeApplied, Operator: a.Applicant, Remark: a.Text, Authentication: a.Authentication, Key: a.Key(),
	})
}

// ApplicationsRequest selects what waits for the caller's decision.
type ApplicationsRequest struct {
	// Communities wants those of communities, otherwise those of all other groups.
	Communities bool
	// After is what the page before gave as Next, 0 for the first one.
	After int64
	// Limit is at most chat.MaxApplicationPage; 0 means as many.
	Limit int
}

// Applications is one page of what waits.
type Applications struct {
	Applications []chat.Application
	// Persons are how the applicants are shown.
	Persons map[string]chat.Person
	// Next is where the list continues, 0 at its end.
	Next int64
}

// Applications lists what waits for the decision of the caller, oldest first.
func (s *Service) Applications(ctx context.Context, caller chat.Caller, r ApplicationsRequest) (Applications, error) {
	if r.Limit <= 0 || r.Limit > chat.MaxApplicationPage {
		r.Limit = chat.MaxApplicationPage
	}
	var page Applications
	err := s.store.View(ctx, func(tx store.Tx) error {
		list, err := tx.ListApplications(ctx, caller.App.SDKAppID, store.ApplicationPage{
			Handler: caller.UserID, Communities: r.Communities, After: r.After, Limit: r.Limit + 1,
		})
		if err != nil {
			return err
		}
		page = Applications{Applications: list}
		if len(list) > r.Limit {
			page.Applications = list[:r.Limit]
			page.Next = page.Applications[r.Limit-1].ID
		}
		ids := make([]string, 0, len(list))
		for i := range page.Applications {
			ids = append(ids, page.Applications[i].Applicant)
		}
		page.Persons, err = tx.Persons(ctx, caller.App.SDKAppID, chat.Unique(ids))
		return err
	})
	return page, translate(err)
}

// Decision answers an application.
type Decision struct {
	GroupID string
	// Kind and Joiner name the application, unless Authentication does.
	Kind           chat.ApplicationKind
	Joiner         string
	Authentication string
	Agree          bool
	// Text is shown to the applicant.
	Text string
}

// Decide lets an applicant in or turns him away. ErrAlreadyHandled means that the
// application does not wait any more.
func (s *Service) Decide(ctx context.Context, caller chat.Caller, d Decision) error {
	if len(d.Text) > chat.MaxApplicationBytes {
		return chat.ErrParameter.Because("ApprovalMsg is longer than %d bytes", chat.MaxApplicationBytes)
	}
	return s.edit(ctx, caller, d.GroupID, func(e *edit) error {
		if err := e.require(rankAdmin); err != nil {
			return err
		}
		a, err := e.application(ctx, d)
		if err != nil {
			return alreadyHandled(err)
		}
		if err := e.tx.DeleteApplications(ctx, e.group.Conversation, []string{a.Joiner}); err != nil {
			return err
		}
		if !d.Agree {
			return e.notice(ctx, true, chat.Notice{UserID: a.Applicant, Type: chat.NoticeRejected, Remark: d.Text})
		}
		return e.let(ctx, a, d.Text)
	})
}

// application finds what a decision is about. Clients have the authentication in
// all that they were told of it.
func (e *edit) application(ctx context.Context, d Decision) (*chat.Application, error) {
	if d.Authentication != "" {
		return e.tx.ApplicationBy(ctx, e.group.Conversation, d.Authentication)
	}
	return e.tx.Application(ctx, e.group.Conversation, d.Kind, d.Joiner)
}

// let lets somebody in who waited.
func (e *edit) let(ctx context.Context, a *chat.Application, text string) error {
	if e.room() == 0 {
		return chat.ErrGroupFull
	}
	invited := a.Kind == chat.ApplicationInvite
	if err := e.admit(ctx, newcomers{ids: []string{a.Joiner}, invited: invited}); err != nil {
		return err
	}
	if invited {
		return e.notice(ctx, true, chat.Notice{UserID: a.Joiner, Type: chat.NoticeInvited, Operator: a.Applicant})
	}
	return e.notice(ctx, true, chat.Notice{UserID: a.Joiner, Type: chat.NoticeAccepted, Remark: text})
}
