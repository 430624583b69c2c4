package webhook

import (
	"fmt"
	"strconv"
	"strings"
)

// EventID is the public name of an event: it tells apart installations, so that
// a receiver that remembers names is not misled by a new database.
func EventID(installation string, id int64) string {
	return fmt.Sprintf("evt-%s-%d", installation, id)
}

// ParseEventID reads a public name, or the number alone.
func ParseEventID(installation, text string) (int64, bool) {
	id, err := strconv.ParseInt(strings.TrimPrefix(text, "evt-"+installation+"-"), 10, 64)
	return id, err == nil && id > 0
}
