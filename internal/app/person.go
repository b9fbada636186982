package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// playPerson lets the twin do what a by-hand step asks of a person.
func (m *move) playPerson(ctx context.Context, h plan.Hand) error {
	for _, c := range h.Calls {
		if isDesktop(c.Service, c.Operation) {
			if err := m.playDesktop(ctx); err != nil {
				return err
			}
			continue
		}
		if err := m.playCall(ctx, h, c); err != nil {
			return err
		}
	}
	return nil
}

func (m *move) playCall(ctx context.Context, h plan.Hand, c plan.Call) error {
	body, err := json.Marshal(map[string]any{"account": h.Account, "region": h.Region, "service": c.Service, "operation": c.Operation, "input": json.RawMessage(c.Input)})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.to.url+"/_twin/person", bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Timeout: clockTimeout}).Do(req)
	if err != nil {
		return &diag.Error{Code: "twin/unreachable", What: "the twin does not answer", Where: m.to.url, Why: err.Error(), Err: err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
		return &diag.Error{Code: "twin/person", What: "the person of the twin could not do it: " + c.Service + ":" + c.Operation, Where: string(h.Account) + ", " + string(h.Region), Why: string(text)}
	}
	return nil
}
