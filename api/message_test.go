package api_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/api"
)

func TestNewMsgBody(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		contents []api.ElemContent
		want     string
	}{
		{"nothing", nil, `[]`},
		{
			"text is not escaped for HTML",
			[]api.ElemContent{api.TextElem{Text: "a < b & ü"}},
			`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a < b & ü"}}]`,
		},
		{
			"elements keep their order",
			[]api.ElemContent{api.FaceElem{Index: 0, Data: "x"}, api.CustomElem{Data: "{}", Desc: "d"}},
			`[{"MsgType":"TIMFaceElem","MsgContent":{"Index":0,"Data":"x"}},` +
				`{"MsgType":"TIMCustomElem","MsgContent":{"Data":"{}","Desc":"d"}}]`,
		},
		{
			"zero coordinates are sent",
			[]api.ElemContent{api.LocationElem{}},
			`[{"MsgType":"TIMLocationElem","MsgContent":{"Latitude":0,"Longitude":0}}]`,
		},
		{
			"sound",
			[]api.ElemContent{api.SoundElem{URL: "u", UUID: "k", Size: 3, Second: 4, DownloadFlag: 2}},
			`[{"MsgType":"TIMSoundElem","MsgContent":{"Url":"u","UUID":"k","Size":3,"Second":4,"Download_Flag":2}}]`,
		},
		{
			"image",
			[]api.ElemContent{api.ImageElem{UUID: "k", ImageFormat: 1, ImageInfoArray: []api.ImageInfo{
				{Type: 1, Size: 5, Width: 6, Height: 7, URL: "u"},
			}}},
			`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"k","ImageFormat":1,"ImageInfoArray":` +
				`[{"Type":1,"Size":5,"Width":6,"Height":7,"URL":"u"}]}}]`,
		},
		{
			"file",
			[]api.ElemContent{api.FileElem{URL: "u", UUID: "k", FileSize: 8, FileName: "n", DownloadFlag: 2}},
			`[{"MsgType":"TIMFileElem","MsgContent":{"Url":"u","UUID":"k","FileSize":8,"FileName":"n","Download_Flag":2}}]`,
		},
		{
			"video",
			[]api.ElemContent{api.VideoFileElem{
				VideoURL: "u", VideoUUID: "k", VideoDownloadFlag: 2, ThumbURL: "t", ThumbUUID: "l", ThumbDownloadFlag: 2,
			}},
			`[{"MsgType":"TIMVideoFileElem","MsgContent":{"VideoUrl":"u","VideoUUID":"k","VideoDownloadFlag":2,` +
				`"ThumbUrl":"t","ThumbUUID":"l","ThumbDownloadFlag":2}}]`,
		},
		{
			"relay",
			[]api.ElemContent{api.RelayElem{Title: "t", MsgNum: 1, MsgList: []api.RelayMessage{{
				FromAccount: "ann", GroupID: "g", MsgSeq: 9,
				MsgBody: []api.MsgElement{{MsgType: "TIMTextElem", MsgContent: json.RawMessage(`{"Text":"<"}`)}},
			}}}},
			`[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgNum":1,"MsgList":[{"From_Account":"ann",` +
				`"GroupId":"g","MsgSeq":9,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"<"}}]}]}}]`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := api.NewMsgBody(tt.contents...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(got), tt.want); diff != "" {
				t.Errorf("body (-got +want):\n%s", diff)
			}
		})
	}
}

func TestNewMsgBodyRefusesWhatJSONCannotSay(t *testing.T) {
	t.Parallel()
	if got, err := api.NewMsgBody(api.LocationElem{Latitude: math.NaN()}); err == nil {
		t.Errorf("got %s, want an error", got)
	}
}
