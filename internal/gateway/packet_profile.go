package gateway

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
)

func (g *Gateway) profilePackets() []Packet {
	return []Packet{
		packet(serviceProfile, "portrait_get_all", g.getProfiles),
		packet(serviceProfile, "portrait_set", g.setProfile),
	}
}

type getProfilesRequest struct {
	UserItem []struct {
		ToAccount string `json:"To_Account"`
	} `json:"UserItem"`
}

type getProfilesAnswer struct {
	Status

	UserProfileItem []profileItem `json:"UserProfileItem"`
}

type profileItem struct {
	ToAccount   string     `json:"To_Account"`
	ProfileItem []tagValue `json:"ProfileItem"`
	ResultCode  int        `json:"ResultCode"`
	ResultInfo  string     `json:"ResultInfo"`
}

// unknownAccount stands in answers for accounts that do not exist; clients leave it
// out.
const unknownAccount = "@TLS#NOT_FOUND"

func (g *Gateway) getProfiles(ctx context.Context, r *request, q *getProfilesRequest) (*getProfilesAnswer, error) {
	ids := make([]string, 0, len(q.UserItem))
	for _, u := range q.UserItem {
		ids = append(ids, u.ToAccount)
	}
	found, err := g.Profiles.Get(ctx, r.caller, ids)
	if err != nil {
		return nil, err
	}
	a := &getProfilesAnswer{UserProfileItem: make([]profileItem, 0, len(ids))}
	for _, id := range ids {
		item := profileItem{ToAccount: unknownAccount, ProfileItem: []tagValue{}}
		if p := found[id]; p != nil {
			item.ToAccount, item.ProfileItem = id, profileFields(p)
		}
		a.UserProfileItem = append(a.UserProfileItem, item)
	}
	return a, nil
}

type setProfileRequest struct {
	FromAccount string   `json:"From_Account"`
	ProfileItem []tagRaw `json:"ProfileItem"`
}

func (g *Gateway) setProfile(ctx context.Context, r *request, q *setProfileRequest) (*done, error) {
	if len(q.ProfileItem) > chat.MaxProfileItems {
		return nil, chat.ErrProfileParameter.Because("more than %d fields", chat.MaxProfileItems)
	}
	fields := make([]chat.Field, 0, len(q.ProfileItem))
	for _, item := range q.ProfileItem {
		f, err := chat.ParseProfileField(item.Tag, item.Value)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	userID := q.FromAccount
	if userID == "" {
		userID = r.caller.UserID
	}
	return nil, g.Profiles.Set(ctx, r.caller, userID, fields)
}
