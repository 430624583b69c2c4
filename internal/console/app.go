package console

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-im/parley/internal/app"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
)

// appOf returns the app that the path names.
func (c *Console) appOf(r *http.Request) (*chat.App, error) {
	text := r.PathValue("sdkappid")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, badRequest("sdkappid", "%.40q is no SDKAppID", text)
	}
	a := c.Apps.Get(chat.SDKAppID(id))
	if a == nil {
		return nil, fmt.Errorf("%w with the SDKAppID %d", app.ErrNotFound, id)
	}
	return a, nil
}

func (c *Console) listApps(*http.Request) (any, error) {
	list := client.AppList{Apps: []client.App{}}
	for _, a := range c.Apps.List() {
		list.Apps = append(list.Apps, appAnswer(a))
	}
	return list, nil
}

func (c *Console) getApp(r *http.Request) (any, error) {
	a, err := c.appOf(r)
	if err != nil {
		return nil, err
	}
	return withKey(a), nil
}

func (c *Console) createApp(r *http.Request) (any, error) {
	var n client.NewApp
	if err := decode(r, &n); err != nil {
		return nil, err
	}
	a, err := c.Apps.Create(r.Context(), app.New{
		SDKAppID: chat.SDKAppID(n.SDKAppID), SecretKey: n.SecretKey, Administrators: n.Administrators,
	})
	if err != nil {
		return nil, err
	}
	return withKey(a), nil
}

func (c *Console) updateApp(r *http.Request) (any, error) {
	a, err := c.appOf(r)
	if err != nil {
		return nil, err
	}
	var change client.AppChange
	if err := decode(r, &change); err != nil {
		return nil, err
	}
	a, err = c.Apps.Change(r.Context(), a.SDKAppID, func(a *chat.App) error {
		applyApp(a, &change)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return appAnswer(a), nil
}

// applyApp makes the changes that are given.
func applyApp(a *chat.App, change *client.AppChange) {
	s := &a.Settings
	set(&a.Administrators, change.Administrators)
	set(&s.BlockedWords, change.BlockedWords)
	set(&s.GroupRate, change.GroupRate)
	set(&s.MaxWebInstances, change.MaxWebInstances)
	set(&s.OfficialRate, change.OfficialRate)
	set(&s.OfficialHourly, change.OfficialHourly)
	set(&s.RESTRate, (*int)(change.RESTRate))
	set(&s.ReportRefusals, change.ReportRefusals)
	set(&s.PrivateAddresses, change.PrivateAddresses)
	set(&s.HeadOfLine, (*time.Duration)(change.HeadOfLine))
	set(&s.MessageRetention, (*time.Duration)(change.MessageRetention))
	set(&s.EventRetention, (*time.Duration)(change.EventRetention))
	set(&s.AttemptRetention, (*time.Duration)(change.AttemptRetention))
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// appAnswer is an app without its key.
func appAnswer(a *chat.App) client.App {
	s := a.Settings
	return client.App{
		SDKAppID: int64(a.SDKAppID), Administrators: a.Administrators, CreateTime: a.CreateTime.Truncate(time.Millisecond),
		BlockedWords: orEmpty(s.BlockedWords), GroupRate: s.GroupRate, MaxWebInstances: s.MaxWebInstances,
		OfficialRate: s.OfficialRate, OfficialHourly: s.OfficialHourly, RESTRate: client.RESTRate(s.RESTRate),
		HeadOfLine: client.Duration(s.HeadOfLine), ReportRefusals: s.ReportRefusals, PrivateAddresses: s.PrivateAddresses,
		MessageRetention: client.Duration(s.MessageRetention), EventRetention: client.Duration(s.EventRetention),
		AttemptRetention: client.Duration(s.AttemptRetention),
	}
}

func withKey(a *chat.App) client.App {
	answer := appAnswer(a)
	answer.SecretKey = a.SecretKey
	return answer
}

// orEmpty keeps a list from being null.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
