package store

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
)

// ApplicationPage selects what waits for the decision of one user.
type ApplicationPage struct {
	// Handler is the owner or an administrator of the groups.
	Handler string
	// Communities wants those of communities, otherwise those of all other groups.
	Communities bool
	// After continues behind the application with that ID.
	After int64
	Limit int
}

// Applications keeps who waits to be let into a group, for
// chat.ApplicationLifetime.
type Applications interface {
	// PutApplication stores an application and sets its ID and Time. It replaces one
	// of the same kind for the same joiner. Of one group and of one applicant the
	// newest chat.MaxApplications are kept.
	PutApplication(ctx context.Context, app chat.SDKAppID, conversation int64, a *chat.Application) error
	// Application finds the one that waits for joiner; ErrNotFound if there is none.
	Application(ctx context.Context, conversation int64, kind chat.ApplicationKind, joiner string) (*chat.Application, error)
	// ApplicationBy finds the one that has the authentication; ErrNotFound if there
	// is none.
	ApplicationBy(ctx context.Context, conversation int64, authentication string) (*chat.Application, error)
	// ListApplications returns a page, oldest first.
	ListApplications(ctx context.Context, app chat.SDKAppID, page ApplicationPage) ([]chat.Application, error)
	// DeleteApplications forgets whatever waits for joiners.
	DeleteApplications(ctx context.Context, conversation int64, joiners []string) error
}
