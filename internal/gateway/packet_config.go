package gateway

import "context"

func (g *Gateway) configPackets() []Packet {
	const service = "im_sdk_config_mgr"
	return []Packet{
		packet(service, "fetch_config", g.fetchConfig),
		packet(service, "fetch_imsdk_purchase_bitsv2", g.fetchFeatures),
		before(packet("imopenstat", "tim_web_report_v2", g.report)),
	}
}

// configExpires is when a client asks again, in seconds.
const configExpires = 24 * 3600

// clientConfig makes a client whose server refuses connections, because it restarts,
// try again after seconds: it does so only when it has something to send, and if the
// application sends nothing that is the report of events.
const clientConfig = `{"evt_rpt_waiting":"5000"}`

type configRequest struct {
	SDKAppID int64 `json:"uint32_sdkappid"`
}

type configAnswer struct {
	Status

	Code     int    `json:"int32_error_code"`
	Message  string `json:"str_error_message"`
	Config   string `json:"str_json_config"`
	Expires  int    `json:"uint32_expired_time"`
	Version  int64  `json:"uint64_version"`
	SDKAppID int64  `json:"uint32_sdkappid"`
}

func (g *Gateway) fetchConfig(_ context.Context, r *request, _ *configRequest) (*configAnswer, error) {
	return &configAnswer{Config: clientConfig, Expires: configExpires, Version: 1, SDKAppID: int64(r.caller.App.SDKAppID)}, nil
}

type featuresAnswer struct {
	Status

	Code    int    `json:"int32_error_code"`
	Message string `json:"str_error_message"`
	Bits    string `json:"str_purchase_bits"`
	Expires int    `json:"uint32_expired_time"`
}

func (g *Gateway) fetchFeatures(context.Context, *request, *configRequest) (*featuresAnswer, error) {
	return &featuresAnswer{Bits: allFeatures, Expires: configExpires}, nil
}

// report takes statistics of the SDK, which nobody reads.
func (g *Gateway) report(context.Context, *request, *empty) (*done, error) { return nil, nil }
