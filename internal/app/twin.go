package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// TwinRequest says what to serve and where.
type TwinRequest struct {
	Listen string // HOST:PORT on loopback
	World  string // name, file or "empty"
	Clock  string // auto, manual or real
}

// EmptyWorld is the world of one account with nothing in it.
const EmptyWorld = "empty"

// Twin serves a world until the context ends. ready is told the address before the first call is answered.
func (a *App) Twin(ctx context.Context, req TwinRequest, ready func(url string)) error {
	w, err := worldToServe(req.World)
	if err != nil {
		return err
	}
	provide(&w.World, w.Wants)
	k, err := twin.New(w.World, kernel.ClockMode(req.Clock))
	if err != nil {
		return err
	}
	l, err := listen(req.Listen)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: k, ReadHeaderTimeout: 10 * time.Second}
	ready("http://" + l.Addr().String())
	go func() {
		<-ctx.Done()
		srv.Close()
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return diag.From("serving the twin", err)
	}
	return nil
}

func worldToServe(name string) (*World, error) {
	if name != EmptyWorld {
		return LoadWorld(name)
	}
	opt := map[estate.Region]estate.OptStatus{}
	for _, r := range estate.Regions().DefaultEnabled {
		opt[r] = estate.OptEnabledByDefault
	}
	empty := estate.Estate{Organization: estate.Absent[estate.Organization](), IdentityCenter: estate.Absent[estate.Instance](),
		Accounts: map[estate.AccountID]estate.Account{"123456789012": {Name: "empty", Regions: estate.Of(opt), Quick: estate.Absent[estate.Quick]()}}}
	return &World{Name: EmptyWorld, World: estate.World{Format: estate.WorldFormat, Title: "one account with nothing in it", Estate: empty}}, nil
}

// listen opens a loopback address; a twin has no business on a network.
func listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	if err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, &diag.Error{Code: "twin/address", What: "the twin listens on loopback only", Where: addr, Exit: diag.ExitUsage, Fix: []string{"--listen 127.0.0.1:4580"}}
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &diag.Error{Code: "twin/port-in-use", What: "another program listens there already", Where: addr, Err: err, Fix: []string{"choose another port, or 127.0.0.1:0 for any free one", "see who it is: lsof -nP -iTCP@" + addr + " -sTCP:LISTEN"}}
	}
	if err != nil {
		return nil, &diag.Error{Code: "twin/listen", What: "cannot listen there", Where: addr, Why: err.Error(), Err: err, Exit: diag.ExitUsage}
	}
	return l, nil
}
