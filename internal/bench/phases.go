package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// nowhere is an address at which nothing listens: events for it are stored, and
// only now and then tried.
const nowhere = "http://127.0.0.1:9/"

// yardsticks measures what sends would cost without the product.
func (b *bench) yardsticks(ctx context.Context) error {
	for part, into := range map[string]*Measured{PartEmpty: &b.report.EmptyHandler, PartBareStore: &b.report.BareStore} {
		c, err := startChild(ctx, b.Self, part, b.Dir, b.BareStore)
		if err != nil {
			return err
		}
		job := newSends([]string{"bench"}, []string{"user0001"}, false)
		*into, err = b.measured(ctx, &load{targets: []string{c.URL + "/send?" + queryLike}, senders: b.Senders, duration: b.Duration, job: job}, c.URL)
		c.stop()
		if err != nil {
			return err
		}
		b.say("%s: %.0f a second", part, into.PerSecond)
	}
	c, err := startChild(ctx, b.Self, PartReceiver, b.Dir, "")
	if err != nil {
		return err
	}
	defer c.stop()
	b.report.BarePostCPU, err = barePosts(ctx, c.URL)
	return err
}

// queryLike is as long as the query of a real call.
var queryLike = "sdkappid=1400000001&identifier=administrator&usersig=" + string(slices.Repeat([]byte("x"), 200)) + "&random=1&contenttype=json"

// sends measures how fast messages are stored, their webhooks with them, while
// nobody takes the webhooks.
func (b *bench) sends(ctx context.Context) error {
	t, err := b.prepareFor(ctx, b.Groups, nowhere)
	if err != nil {
		return err
	}
	b.report.Sends, err = b.measured(ctx, &load{targets: b.targets(t), senders: b.Senders, duration: b.Duration, job: newSends(t.groups, t.users, false)}, b.servers()...)
	b.say("%.0f sends a second", b.report.Sends.PerSecond)
	return errors.Join(err, b.Admin.SetWebhook(ctx, t.app.SDKAppID, ""))
}

// latency measures how long acknowledgements take at a steady, moderate rate.
func (b *bench) latency(ctx context.Context) error {
	t, err := b.prepareFor(ctx, b.Groups, nowhere)
	if err != nil {
		return err
	}
	b.report.Latency, err = b.measured(ctx, &load{
		targets: b.targets(t), senders: min(b.Senders, 16), duration: b.Duration, rate: b.LatencyRate, job: newSends(t.groups, t.users, false),
	}, b.servers()...)
	return errors.Join(err, b.Admin.SetWebhook(ctx, t.app.SDKAppID, ""))
}

func (b *bench) prepareFor(ctx context.Context, groups int, webhook string) (*target, error) {
	t, err := b.prepare(ctx, groups)
	if err != nil {
		return nil, err
	}
	if err := b.Admin.SetWebhook(ctx, t.app.SDKAppID, webhook); err != nil {
		return nil, err
	}
	return t, b.settled(ctx, t)
}

// both measures sends and deliveries together, each as fast as it can.
func (b *bench) both(ctx context.Context) error {
	return b.withReceiver(ctx, func(r *child, t *target) error {
		job := newSends(t.groups, t.users, true)
		started := time.Now()
		var err error
		if b.report.Both, err = b.measured(ctx, &load{targets: b.targets(t), senders: b.Senders, duration: b.Duration, job: job}, b.servers()...); err != nil {
			return err
		}
		arrived, err := b.collect(ctx, r, job)
		if err != nil {
			return err
		}
		b.report.BothDeliveries = float64(len(job.acks)) / arrived.last.Sub(started).Seconds()
		return nil
	})
}

// withReceiver runs fn with a receiver process and an app whose webhooks go
// there.
func (b *bench) withReceiver(ctx context.Context, fn func(*child, *target) error) error {
	r, err := startChild(ctx, b.Self, PartReceiver, b.Dir, "")
	if err != nil {
		return err
	}
	defer r.stop()
	t, err := b.prepareFor(ctx, b.WebhookGroups, r.URL)
	if err != nil {
		return err
	}
	return errors.Join(fn(r, t), b.Admin.SetWebhook(ctx, t.app.SDKAppID, ""))
}

// deliveries measures how fast a backlog reaches a receiver that takes whatever
// comes.
func (b *bench) deliveries(ctx context.Context) error {
	return b.withReceiver(ctx, func(r *child, t *target) error {
		if err := b.Admin.SetWebhook(ctx, t.app.SDKAppID, nowhere); err != nil {
			return err
		}
		job := newSends(t.groups, t.users, true)
		if _, err := (&load{targets: b.targets(t), senders: b.Senders, duration: b.Duration / 2, job: job}).run(ctx); err != nil {
			return err
		}
		before, err := readUsages(ctx, b.servers())
		if err != nil {
			return err
		}
		started := time.Now()
		if err := b.Admin.SetWebhook(ctx, t.app.SDKAppID, r.URL); err != nil {
			return err
		}
		arrived, err := b.collect(ctx, r, job)
		if err != nil {
			return err
		}
		after, err := readUsages(ctx, b.servers())
		if err != nil {
			return err
		}
		d := &b.report.Deliveries
		d.Events = len(job.acks)
		d.PerSecond = float64(d.Events) / arrived.last.Sub(started).Seconds()
		d.ServerCPU = perItem(after.cpu-before.cpu, d.Events)
		b.say("%.0f deliveries a second", d.PerSecond)
		return nil
	})
}

// delay measures how long after the acknowledgement a webhook arrives.
func (b *bench) delay(ctx context.Context) error {
	rate := b.DelayRate
	if rate == 0 {
		rate = 0.7 * min(b.report.Deliveries.PerSecond, b.report.Both.PerSecond)
	}
	if rate == 0 {
		return errors.New("needs a rate, or phases both and deliveries")
	}
	return b.withReceiver(ctx, func(r *child, t *target) error {
		job := newSends(t.groups, t.users, true)
		if _, err := (&load{targets: b.targets(t), senders: b.Senders, duration: b.Duration, rate: rate, job: job}).run(ctx); err != nil {
			return err
		}
		arrived, err := b.collect(ctx, r, job)
		if err != nil {
			return err
		}
		b.report.Delay = Delay{Rate: rate, Quantiles: quantilesOf(&latencies{times: arrived.delays})}
		return nil
	})
}

// outage measures how long after the end of a receiver's outage everything has
// arrived.
func (b *bench) outage(ctx context.Context) error {
	return b.withReceiver(ctx, func(r *child, t *target) error {
		job := newSends(t.groups, t.users, true)
		done := make(chan error, 1)
		go func() {
			_, err := (&load{targets: b.targets(t), senders: b.Senders, duration: b.Outage + 2*time.Second, rate: b.OutageRate, job: job}).run(ctx)
			done <- err
		}()
		if _, err := getText(ctx, r.URL+"/down?down=true"); err != nil {
			return err
		}
		select {
		case <-time.After(b.Outage):
		case <-ctx.Done():
			return ctx.Err()
		}
		if _, err := getText(ctx, r.URL+"/down?down=false"); err != nil {
			return err
		}
		ended := time.Now()
		if err := <-done; err != nil {
			return err
		}
		arrived, err := b.collect(ctx, r, job)
		if err != nil {
			return err
		}
		var recovered time.Time
		for key, at := range arrived.first {
			if job.acks[key].Before(ended) && at.After(recovered) {
				recovered = at
			}
		}
		b.report.Outage = Outage{Length: b.Outage.Seconds(), Rate: b.OutageRate, Events: len(job.acks), CaughtUp: recovered.Sub(ended).Seconds()}
		return nil
	})
}

// arrivals are what a receiver got, held against what was acknowledged.
type arrivals struct {
	first  map[messageKey]time.Time
	last   time.Time
	delays []time.Duration // sorted
}

// collectTimeout is how long webhooks may take to arrive after the last send.
const collectTimeout = 10 * time.Minute

// collect waits until every acknowledged message's webhook has arrived, and
// checks that each group's came in order.
func (b *bench) collect(ctx context.Context, r *child, job *sends) (*arrivals, error) {
	deadline := time.Now().Add(collectTimeout)
	for {
		text, err := getText(ctx, r.URL+"/count")
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		if n >= len(job.acks) {
			break
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%d of %d webhooks arrived in %s", n, len(job.acks), collectTimeout)
		}
		time.Sleep(20 * time.Millisecond)
	}
	body, err := get(ctx, r.URL+"/arrivals")
	if err != nil {
		return nil, err
	}
	defer body.Close()
	list, err := readArrivals(body)
	if err != nil {
		return nil, err
	}
	return compare(list, job)
}

func compare(list []arrival, job *sends) (*arrivals, error) {
	a := &arrivals{first: make(map[messageKey]time.Time, len(list))}
	highest := make(map[string]int64)
	for _, came := range list {
		key := messageKey{came.group, came.seq}
		if _, again := a.first[key]; again {
			continue
		}
		if came.seq <= highest[came.group] {
			return nil, fmt.Errorf("group %s: webhook %d came after %d", came.group, came.seq, highest[came.group])
		}
		highest[came.group] = came.seq
		a.first[key] = came.at
		if came.at.After(a.last) {
			a.last = came.at
		}
	}
	for key, acked := range job.acks {
		at, ok := a.first[key]
		if !ok {
			return nil, fmt.Errorf("group %s: message %d was acknowledged and its webhook never came", key.group, key.seq)
		}
		a.delays = append(a.delays, max(at.Sub(acked), 0))
	}
	slices.Sort(a.delays)
	return a, nil
}
