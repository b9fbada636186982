package desktop

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

var places = regexp.MustCompile(`^/desktop/([0-9]{12})/(configuration|session)$`)

func match(_ *kernel.Request, req *http.Request) bool { return places.MatchString(req.URL.Path) }

// serve answers the application, whose own protocol is not documented; these two addresses are the twin's own.
//
//	GET  /desktop/ACCOUNT/configuration  where people sign in: the five values and the scopes
//	POST /desktop/ACCOUNT/session        {"id_token"}: opens a session, or says why not
func serve(r *kernel.Request, req *http.Request) kernel.Reply {
	place := places.FindStringSubmatch(req.URL.Path)
	quick := kernel.ServicePrincipal("quicksight", estate.AccountID(place[1]), "")
	region := estate.Regions().Desktop[0]
	switch req.Method + " " + place[2] {
	case "GET configuration":
		var c configuration
		if err := r.Call(quick, id, region, "GetConfiguration", struct{}{}, &c); err != nil {
			return refuse(err)
		}
		return answer(http.StatusOK, c)
	case "POST session":
		if new(http.CrossOriginProtection).Check(req) != nil {
			return refuse(kernel.Errorf("InvalidRequest", "a page of somebody else sent this").WithStatus(http.StatusForbidden))
		}
		var in struct {
			IDToken string `json:"id_token"`
		}
		if json.NewDecoder(req.Body).Decode(&in) != nil || in.IDToken == "" {
			return refuse(kernel.Errorf("InvalidRequest", "the body is not an object with an id_token"))
		}
		var s session
		if err := r.Call(quick, id, region, "OpenSession", map[string]string{"Token": in.IDToken}, &s); err != nil {
			return refuse(err)
		}
		return answer(http.StatusOK, s)
	}
	return refuse(kernel.Errorf("InvalidRequest", "the address is there, the method is not").WithStatus(http.StatusMethodNotAllowed))
}

func answer(status int, body any) kernel.Reply {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte("{}")
	}
	return kernel.Reply{Status: status, Body: append(text, '\n'), Header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"}}}
}

func refuse(err error) kernel.Reply {
	var e *kernel.Error
	if !errors.As(err, &e) {
		e = kernel.Errorf(kernel.CodeFailed, "%v", err).WithStatus(http.StatusNotImplemented)
	}
	return answer(cmp.Or(e.Status, http.StatusBadRequest), map[string]string{"code": e.Code, "message": e.Message})
}
