package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/parley-im/parley/api"
)

// maxEvents is how many events a Client keeps until they are taken. Of more, the
// oldest are dropped.
const maxEvents = 4096

// Event is one event of a push, or all of a push that has no events.
type Event struct {
	// Servcmd is that of the push.
	Servcmd string
	// Event is the event's number, 0 for a push that has no events.
	Event int
	// Raw is the event's object, or the body of a push that has no events.
	Raw json.RawMessage
	// SessionData is what acknowledges the push, nil if it needs no
	// acknowledgement. Events of one push have the same.
	SessionData json.RawMessage

	tb     testing.TB
	number int
}

// pushed meets a push.
func (c *Client) pushed(p packet, message []byte) error {
	var needAck, sessionData, events []byte
	for name, value := range members(p.body) {
		switch string(name) {
		case "NeedAck":
			needAck = value
		case "SessionData":
			sessionData = value
		case "EventArray":
			events = value
		}
	}
	if string(needAck) != "1" {
		sessionData = nil
	}
	if c.options.OnPush != nil {
		c.options.OnPush(message)
	} else if err := c.collect(p, message, events, sessionData); err != nil {
		return err
	}
	if sessionData == nil || c.options.ManualAck {
		return nil
	}
	return c.Ack(sessionData)
}

// collect keeps the events of a push.
func (c *Client) collect(p packet, message, array, sessionData []byte) error {
	if !json.Valid(message) {
		return fault("what is no JSON: %.200q", message)
	}
	var raws []json.RawMessage
	if array == nil {
		raws = append(raws, bytes.Clone(p.body))
	} else if err := json.Unmarshal(array, &raws); err != nil {
		return fault("an EventArray that is none: %.200q", message)
	}
	events := make([]*Event, 0, len(raws))
	for _, raw := range raws {
		e := &Event{Servcmd: p.servcmd, Raw: raw, SessionData: bytes.Clone(sessionData), tb: c.tb}
		var number struct {
			Event int `json:"Event"`
		}
		if err := json.Unmarshal(raw, &number); err != nil {
			return fault("an event whose number cannot be read: %.200q", raw)
		}
		e.Event = number.Event
		events = append(events, e)
	}
	c.keep(events)
	return nil
}

func (c *Client) keep(events []*Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		c.arrived++
		e.number = c.arrived
		c.events = append(c.events, e)
	}
	if surplus := len(c.events) - maxEvents; surplus > 0 {
		c.events = slices.Delete(c.events, 0, surplus)
		c.dropped += surplus
	}
	if c.news != nil {
		close(c.news)
		c.news = nil
	}
}

// Ack acknowledges a push, and returns when that is on its way.
func (c *Client) Ack(sessionData json.RawMessage) error {
	body := make(json.RawMessage, 0, len(sessionData)+20)
	body = append(body, `{"SessionData":`...)
	body = append(body, sessionData...)
	r, err := c.newRequest(c.headFor(cmdAck), cmdAck, append(body, '}'))
	if err != nil {
		return err
	}
	s := c.current()
	if s == nil {
		return errNotDialed
	}
	return s.write(s.op, r.text)
}

// Events returns the events that came and were not taken by WaitPush, oldest
// first.
func (c *Client) Events() []*Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.events)
}

// Dropped is how many events were dropped since nobody took them.
func (c *Client) Dropped() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// WaitPush waits for an event that is wanted, which may have come before, takes
// it out of Events and returns it.
func (c *Client) WaitPush(ctx context.Context, wanted func(*Event) bool) (*Event, error) {
	last := 0
	for {
		events, news := c.since(last)
		for _, e := range events {
			last = e.number
			if wanted(e) && c.takeOut(e) {
				return e, nil
			}
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for a push; %d others came: %w", len(c.Events()), context.Cause(ctx))
		case <-c.closed:
			return nil, fmt.Errorf("wait for a push: %w", errClosed)
		}
	}
}

// since returns the events after number last, and what is closed when there are
// more.
func (c *Client) since(last int) ([]*Event, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.news == nil {
		c.news = make(chan struct{})
	}
	for i, e := range c.events {
		if e.number > last {
			return slices.Clone(c.events[i:]), c.news
		}
	}
	return nil, c.news
}

// takeOut reports whether e was still there.
func (c *Client) takeOut(e *Event) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.events, e)
	if i < 0 {
		return false
	}
	c.events = slices.Delete(c.events, i, i+1)
	return true
}

// GroupMsgArray returns the group messages of the event. As with the other
// arrays, none are returned if the event has no such array, and a malformed one
// fails the test.
func (e *Event) GroupMsgArray() []GroupItem { return array[GroupItem](e, "GroupMsgArray") }

// GroupTips returns the tips and notices of the event.
func (e *Event) GroupTips() []GroupItem { return array[GroupItem](e, "GroupTips") }

// C2cMsgArray returns the one-to-one messages of the event.
func (e *Event) C2cMsgArray() []C2cItem { return array[C2cItem](e, "C2cMsgArray") }

// C2cNotifyMsgArray returns the one-to-one notices of the event.
func (e *Event) C2cNotifyMsgArray() []C2cNotice { return array[C2cNotice](e, "C2cNotifyMsgArray") }

func array[T any](e *Event, name string) []T {
	e.tb.Helper()
	for member, value := range members(e.Raw) {
		if string(member) != name {
			continue
		}
		var items []T
		if err := json.Unmarshal(value, &items); err != nil {
			e.tb.Errorf("%s of event %d: %v: %.300s", name, e.Event, err, value)
		}
		return items
	}
	return nil
}

// textOf returns the text of a message body of one text element, else nothing.
func textOf(body json.RawMessage) string {
	var elements []api.MsgElement
	if err := json.Unmarshal(body, &elements); err != nil || len(elements) != 1 || elements[0].MsgType != "TIMTextElem" {
		return ""
	}
	var content api.TextElem
	if err := json.Unmarshal(elements[0].MsgContent, &content); err != nil {
		return ""
	}
	return content.Text
}
