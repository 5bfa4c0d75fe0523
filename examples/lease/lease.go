// Package lease honours a flag that holds only while somebody watches: see README.md in this folder.
package lease

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var seconds = regexp.MustCompile(`^[0-9]{1,12}$`)

// PercentInForce is the percentage of users to expose now; 0 unless the flag is on and its lease has not ended.
// The values are texts as they were read.
func PercentInForce(enabled, percent, expires string, now time.Time) float64 {
	if !strings.EqualFold(strings.TrimSpace(enabled), "true") {
		return 0
	}
	share, err := strconv.ParseFloat(strings.TrimSpace(percent), 64)
	if err != nil || !(share > 0 && share <= 100) || !endOf(expires).After(now) {
		return 0
	}
	return share
}

// endOf is the zero time for a text that is no time: it has ended.
func endOf(expires string) time.Time {
	text := strings.TrimSpace(expires)
	if seconds.MatchString(text) {
		since, _ := strconv.ParseInt(text, 10, 64)
		return time.Unix(since, 0)
	}
	end, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return end
}
