package callback

import "context"

// SNSPrevFriendResponse asks before a user's answers to requests to be friends are
// carried out. Requests over REST do not ask.
//
// The reply decides on each of them by its ResultItem, see [DecideEach]; those whom
// it does not name pass. Its ErrorCode decides nothing. Spec: webhooks#4.12
type SNSPrevFriendResponse struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// RequesterAccount is who made the request.
	RequesterAccount string `json:"Requester_Account"`

	// FromAccount is who answers.
	FromAccount string `json:"From_Account"`

	// ResponseFriendItem are those whom he answers.
	ResponseFriendItem []ResponseFriendItem `json:"ResponseFriendItem"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// ResponseFriendItem is the answer to the request of one user.
type ResponseFriendItem struct {
	// ToAccount is who asked.
	ToAccount string `json:"To_Account"`

	// Remark and TagName are what the answering user's list is to say of him.
	Remark string `json:"Remark"`
	// TagName is the group of friends that the new one is put into.
	TagName string `json:"TagName"`

	// ResponseAction is Response_Action_AgreeAndAdd, Response_Action_Agree or
	// Response_Action_Reject.
	ResponseAction string `json:"ResponseAction"`
}

// Command returns [CommandSNSPrevFriendResponse].
func (SNSPrevFriendResponse) Command() Command { return CommandSNSPrevFriendResponse }

func (b SNSPrevFriendResponse) wire() any {
	b.CallbackCommand = b.Command()
	b.ResponseFriendItem = orEmpty(b.ResponseFriendItem)
	return &b
}

// OnSNSPrevFriendResponse registers the function that decides who may answer whom. A
// nil reply allows; an error answers HTTP 500, on which the app's failure policy
// decides.
func (h *Handler) OnSNSPrevFriendResponse(fn func(context.Context, Request, *SNSPrevFriendResponse) (*Reply, error)) {
	onBefore(h, fn)
}
