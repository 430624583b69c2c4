package webhook

import "time"

// failuresToOpen is how many calls in a row, in more than one conversation, must
// fail before the endpoint as a whole is taken to fail.
const failuresToOpen = 5

// circuit tells whether an endpoint works. Its queue's mutex guards it.
type circuit struct {
	// open is set while the endpoint as a whole fails; since says from when.
	open  bool
	since time.Time
	// nextProbe is when the next call may be made while it is open, probes how
	// many have failed.
	nextProbe time.Time
	probes    int
	// hinted is when a sign of life last brought a probe forward.
	hinted time.Time
	// heedFrom is when a call must have begun for its failure to count: those
	// that were already on their way say nothing new.
	heedFrom time.Time
	// failures counts calls that failed in a row, lane is where the last one
	// was, spread says that they were not all in one.
	failures int
	lane     string
	spread   bool
	// answersSince is from when on the endpoint is known to answer.
	answersSince, lastSuccess time.Time
}

// success closes the circuit and reports whether it was open.
func (c *circuit) success(now time.Time) bool {
	closed := circuit{heedFrom: c.heedFrom, answersSince: c.answersSince, lastSuccess: now}
	if c.open {
		closed.heedFrom = now
	}
	if c.open || c.answersSince.IsZero() {
		closed.answersSince = now
	}
	wasOpen := c.open
	*c = closed
	return wasOpen
}

// failure counts a failed call that began at started, and reports whether the
// circuit opened by it. endpoint says that the failure speaks of the endpoint as
// a whole.
func (c *circuit) failure(lane string, endpoint bool, started, now time.Time) bool {
	switch {
	case started.Before(c.heedFrom):
		return false
	case c.open:
		c.probes++
		c.probeIn(pause(c.probes+1, maxProbePause), now)
		return false
	}
	c.failures++
	c.spread = c.spread || (c.lane != "" && c.lane != lane)
	c.lane = lane
	if !endpoint && (c.failures < failuresToOpen || !c.spread) {
		return false
	}
	c.open, c.since = true, now
	c.probeIn(pause(1, maxProbePause), now)
	return true
}

func (c *circuit) probeIn(d time.Duration, now time.Time) {
	c.nextProbe = now.Add(d)
	c.heedFrom = c.nextProbe
}

// hintEvery is how often a sign of life brings a probe forward, at most: an
// endpoint may answer questions and still fail for everything else.
const hintEvery = time.Second

// hint takes a sign of life from elsewhere and reports whether the next probe may
// be made at once because of it.
func (c *circuit) hint(now time.Time) bool {
	if !c.open || !now.Before(c.nextProbe) || now.Sub(c.hinted) < hintEvery {
		return false
	}
	c.hinted, c.nextProbe, c.heedFrom = now, now, now
	return true
}

// retry lets the next call be made at once, and patience begin anew: somebody
// has changed something.
func (c *circuit) retry(now time.Time) {
	c.since, c.nextProbe, c.heedFrom = now, now, now
	c.probes, c.failures, c.lane, c.spread = 0, 0, "", false
}

// answeredOthers reports whether the endpoint has answered others for at least
// limit while an event failed that was first tried at first, and still does:
// since the event's last failure, if failed is not zero.
func (c *circuit) answeredOthers(first, failed, now time.Time, limit time.Duration) bool {
	since := first
	if c.answersSince.After(since) {
		since = c.answersSince
	}
	return !c.open && now.Sub(since) >= limit && !c.lastSuccess.Before(since) && c.lastSuccess.After(failed)
}
