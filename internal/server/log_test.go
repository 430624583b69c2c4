package server

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrottle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		log := slog.New(newThrottle(slog.NewTextHandler(&out, nil)))
		for range 1000 {
			log.With("group_id", "g").Error("the disk is full")
		}
		log.Info("something else")
		if got := strings.Count(out.String(), "the disk is full"); got != logsPerSecond {
			t.Errorf("logged %d times in a second, want %d", got, logsPerSecond)
		}
		if !strings.Contains(out.String(), "something else") {
			t.Error("another message was left out")
		}
		time.Sleep(time.Second)
		log.Error("the disk is full")
		if !strings.Contains(out.String(), "left_out_before=990") {
			t.Errorf("how many were left out is not told: %s", out.String())
		}
	})
}
