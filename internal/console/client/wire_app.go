package client

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// App is an app as operators see it.
type App struct {
	SDKAppID int64 `json:"SDKAppID"`
	// SecretKey is there only in the answer to the app's creation and to the
	// question for the one app.
	SecretKey      string    `json:"SecretKey,omitempty"`
	Administrators []string  `json:"Administrators"`
	CreateTime     time.Time `json:"CreateTime"`

	// The settings. "parley app set --help" tells of each.

	BlockedWords     []string `json:"BlockedWords"`
	GroupRate        int      `json:"GroupRate"`
	MaxWebInstances  int      `json:"MaxWebInstances"`
	OfficialRate     int      `json:"OfficialRate"`
	OfficialHourly   int      `json:"OfficialHourly"`
	RESTRate         RESTRate `json:"RESTRate"`
	HeadOfLine       Duration `json:"HeadOfLine"`
	ReportRefusals   bool     `json:"ReportRefusals"`
	PrivateAddresses bool     `json:"PrivateAddresses"`
	MessageRetention Duration `json:"MessageRetention"`
	EventRetention   Duration `json:"EventRetention"`
	AttemptRetention Duration `json:"AttemptRetention"`
}

// AppList is all apps, lowest SDKAppID first, without their secret keys.
type AppList struct {
	Apps []App `json:"Apps"`
}

// NewApp is an app to create. What is left out is chosen: the next free
// SDKAppID, a random key, the administrator "administrator".
type NewApp struct {
	SDKAppID       int64    `json:"SDKAppID,omitempty"`
	SecretKey      string   `json:"SecretKey,omitempty"`
	Administrators []string `json:"Administrators,omitempty"`
}

// AppChange is what to change of an app; what is nil stays as it is.
type AppChange struct {
	Administrators   *[]string `json:"Administrators,omitempty"`
	BlockedWords     *[]string `json:"BlockedWords,omitempty"`
	GroupRate        *int      `json:"GroupRate,omitempty"`
	MaxWebInstances  *int      `json:"MaxWebInstances,omitempty"`
	OfficialRate     *int      `json:"OfficialRate,omitempty"`
	OfficialHourly   *int      `json:"OfficialHourly,omitempty"`
	RESTRate         *RESTRate `json:"RESTRate,omitempty"`
	HeadOfLine       *Duration `json:"HeadOfLine,omitempty"`
	ReportRefusals   *bool     `json:"ReportRefusals,omitempty"`
	PrivateAddresses *bool     `json:"PrivateAddresses,omitempty"`
	MessageRetention *Duration `json:"MessageRetention,omitempty"`
	EventRetention   *Duration `json:"EventRetention,omitempty"`
	AttemptRetention *Duration `json:"AttemptRetention,omitempty"`
}

// RESTRate is how many calls a second a REST command takes: a number, with 0 for
// no limit, or "documented" for the protocol's own figures.
type RESTRate int

// RESTRateDocumented stands for the protocol's own figures.
const RESTRateDocumented RESTRate = -1

const documented = "documented"

// String is the word or the number.
func (r RESTRate) String() string {
	if r == RESTRateDocumented {
		return documented
	}
	return strconv.Itoa(int(r))
}

// ParseRESTRate reads what String writes.
func ParseRESTRate(text string) (RESTRate, error) {
	if text == documented {
		return RESTRateDocumented, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%.40q is neither the word documented nor a number of calls a second", text)
	}
	return RESTRate(n), nil
}

// MarshalJSON writes a string for the word and a number for the number.
func (r RESTRate) MarshalJSON() ([]byte, error) {
	if r == RESTRateDocumented {
		return json.Marshal(documented)
	}
	return json.Marshal(int(r))
}

// UnmarshalJSON reads what MarshalJSON writes, and numbers in quotes.
func (r *RESTRate) UnmarshalJSON(text []byte) error {
	word := string(text)
	if len(text) > 0 && text[0] == '"' {
		if err := json.Unmarshal(text, &word); err != nil {
			return err
		}
	}
	var err error
	*r, err = ParseRESTRate(word)
	return err
}
