package gateway

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

type applicationsRequest struct {
	StartTime int64 `json:"StartTime"`
	Limit     int   `json:"Limit"`
}

type applicationsAnswer struct {
	Status

	PendencyList []applicationRow `json:"PendencyList"`
	// NextStartTime is where the list continues, 0 at its end.
	NextStartTime int64 `json:"NextStartTime"`
}

// applicationRow is what waits for the caller's decision.
type applicationRow struct {
	GroupID          string `json:"GroupId"`
	GroupName        string `json:"GroupName"`
	FromAccount      string `json:"From_Account"`
	FromUserNickName string `json:"FromUserNickName"`
	FromUserFaceURL  string `json:"FromUserFaceUrl"`
	// ToAccount is who is to become a member.
	ToAccount       string               `json:"To_Account"`
	Handled         int                  `json:"Handled"`
	Authentication  string               `json:"Authentication"`
	AddTime         int64                `json:"AddTime"`
	ApplicationType chat.ApplicationKind `json:"ApplicationType"`
	ApplyInviteMsg  string               `json:"ApplyInviteMsg"`
}

// applications lists what waits: of communities under their own service, of all
// other groups under the common one.
func (g *Gateway) applications(ctx context.Context, r *request, q *applicationsRequest) (*applicationsAnswer, error) {
	page, err := g.Groups.Applications(ctx, r.caller, group.ApplicationsRequest{
		Communities: r.service() == serviceCommunity, After: q.StartTime, Limit: q.Limit,
	})
	if err != nil {
		return nil, err
	}
	a := &applicationsAnswer{PendencyList: make([]applicationRow, 0, len(page.Applications)), NextStartTime: page.Next}
	for i := range page.Applications {
		app := &page.Applications[i]
		p := page.Persons[app.Applicant]
		a.PendencyList = append(a.PendencyList, applicationRow{
			GroupID: app.GroupID, GroupName: app.GroupName, FromAccount: app.Applicant, FromUserNickName: p.Nick, FromUserFaceURL: p.FaceURL,
			ToAccount: app.Joiner, Authentication: app.Authentication, AddTime: app.Key(), ApplicationType: app.Kind, ApplyInviteMsg: app.Text,
		})
	}
	return a, nil
}

type decisionRequest struct {
	GroupID        string `json:"GroupId"`
	Applicant      string `json:"Applicant_Account"`
	Invited        string `json:"Invited_Account"`
	HandleMsg      string `json:"HandleMsg"`
	ApprovalMsg    string `json:"ApprovalMsg"`
	Authentication string `json:"Authentication"`
}

// handleApplication answers somebody who wants to join.
func (g *Gateway) handleApplication(ctx context.Context, r *request, q *decisionRequest) (*done, error) {
	return g.decide(ctx, r, q, chat.ApplicationJoin, q.Applicant)
}

// handleProposal answers a member who wants somebody else to join.
func (g *Gateway) handleProposal(ctx context.Context, r *request, q *decisionRequest) (*done, error) {
	return g.decide(ctx, r, q, chat.ApplicationInvite, q.Invited)
}

func (g *Gateway) decide(ctx context.Context, r *request, q *decisionRequest, kind chat.ApplicationKind, joiner string) (*done, error) {
	if q.HandleMsg != "Agree" && q.HandleMsg != "Reject" {
		return nil, chat.ErrParameter.Because("HandleMsg is neither Agree nor Reject")
	}
	return nil, g.Groups.Decide(ctx, r.caller, group.Decision{
		GroupID: q.GroupID, Kind: kind, Joiner: joiner, Authentication: q.Authentication, Agree: q.HandleMsg == "Agree", Text: q.ApprovalMsg,
	})
}

// handleInvitation would be a user's consent to his being invited. Nobody is asked
// for it, so there is nothing to decide.
func (g *Gateway) handleInvitation(context.Context, *request, *decisionRequest) (*done, error) {
	return nil, chat.ErrAlreadyHandled
}
