package config

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// integerBetween is a whole number with both bounds allowed.
func integerBetween[T ~int | ~int64](least, most T) kind[T] {
	return kind[T]{
		noun: "number", want: fmt.Sprintf("a whole number from %d to %d", least, most), form: asNumber,
		parse: func(text string) (T, error) {
			value, err := strconv.ParseInt(text, 10, 64)
			if err != nil || beyond(value, int64(least), int64(most)) {
				return 0, errUnfit
			}
			return T(value), nil
		},
		format: func(value T) string { return strconv.FormatInt(int64(value), 10) },
	}
}

// durationBetween is a duration with both bounds allowed.
func durationBetween(least, most time.Duration) kind[time.Duration] {
	return kind[time.Duration]{
		noun: "duration", want: fmt.Sprintf("a duration from %s to %s, such as 15s or 2m", formatDuration(least), formatDuration(most)), form: asText,
		parse: func(text string) (time.Duration, error) {
			value, err := time.ParseDuration(text)
			if err != nil || beyond(value, least, most) {
				return 0, errUnfit
			}
			return value, nil
		},
		format: formatDuration,
	}
}

// formatDuration leaves out the zeros that Duration.String puts after minutes
// and hours.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// units are those that a size may have, largest first.
var units = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// sizeBetween is a number of bytes with both bounds allowed.
func sizeBetween(least, most int64) kind[int64] {
	return kind[int64]{
		noun: "size", want: fmt.Sprintf("a size from %s to %s, such as 1MiB or a number of bytes", formatSize(least), formatSize(most)), form: asSize,
		parse: func(text string) (int64, error) {
			value, err := parseSize(text)
			if err != nil || beyond(value, least, most) {
				return 0, errUnfit
			}
			return value, nil
		},
		format: formatSize,
	}
}

func parseSize(text string) (int64, error) {
	digits, scale := text, int64(1)
	for _, unit := range units {
		if before, found := strings.CutSuffix(text, unit.name); found {
			digits, scale = strings.TrimSpace(before), unit.bytes
			break
		}
	}
	value, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, err
	}
	if product := value * scale; product/scale == value {
		return product, nil
	}
	return 0, strconv.ErrRange
}

func formatSize(value int64) string {
	for _, unit := range units {
		if value >= unit.bytes && value%unit.bytes == 0 {
			return strconv.FormatInt(value/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(value, 10)
}

func beyond[T cmp.Ordered](value, least, most T) bool { return value < least || value > most }
