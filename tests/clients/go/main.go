// Ten calls by the client that oapi-codegen makes: `client ADDRESS HANDLE` prints how many went as they should.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"clients/api"
)

var done int

func check(what string, err error, status, wanted int, body []byte) {
	if err != nil || status != wanted {
		fmt.Fprintf(os.Stderr, "%s: %v, status %d instead of %d: %s\n", what, err, status, wanted, body)
		os.Exit(1)
	}
	done++
}

func main() {
	ctx, handle, password := context.Background(), os.Args[2], "correct horse battery"
	token := ""
	bearer := api.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		return nil
	})
	client, err := api.NewClientWithResponses(os.Args[1], bearer)
	if err != nil {
		panic(err)
	}

	person, err := client.RegisterAccountWithResponse(ctx, nil, api.Register{Handle: handle, Password: password})
	check("register", err, person.StatusCode(), 201, person.Body)
	made, err := client.MakeTokenWithResponse(ctx, nil, api.MakeToken{Handle: handle, Password: password})
	check("token", err, made.StatusCode(), 201, made.Body)
	token = made.JSON201.Token

	body := "Some words."
	wait := "shown"
	post, err := client.NewPostWithResponse(ctx, &api.NewPostParams{Wait: &wait}, api.PostText{Title: "From Go", Body: &body})
	check("post", err, post.StatusCode(), 201, post.Body)
	shown, err := client.ShowPostWithResponse(ctx, id(post.JSON201.Id), nil)
	check("show", err, shown.StatusCode(), 200, shown.Body)
	if shown.JSON200.EditedAt != nil || shown.JSON200.CreatedAt.IsZero() || shown.JSON200.Author != handle {
		panic("the post isn't read as it is")
	}
	tag := shown.HTTPResponse.Header.Get("ETag")
	edit := api.PostEdit{Title: "From Go", Body: "Other words."}
	edited, err := client.EditPostWithResponse(ctx, id(post.JSON201.Id), &api.EditPostParams{IfMatch: tag}, edit)
	check("edit", err, edited.StatusCode(), 200, edited.Body)
	stale, err := client.EditPostWithResponse(ctx, id(post.JSON201.Id), &api.EditPostParams{IfMatch: tag}, api.PostEdit{Title: "Late", Body: "Late."})
	check("stale edit", err, stale.StatusCode(), 412, stale.Body)
	comment, err := client.AddCommentWithResponse(ctx, id(post.JSON201.Id), nil, api.NewComment{Body: "Well said."})
	check("comment", err, comment.StatusCode(), 201, comment.Body)
	liked, err := client.LikePostWithResponse(ctx, id(post.JSON201.Id), &api.LikePostParams{Wait: &wait})
	check("like", err, liked.StatusCode(), 200, liked.Body)
	sort, limit := api.ListPostsParamsSortNew, int32(1)
	list, err := client.ListPostsWithResponse(ctx, &api.ListPostsParams{Author: &handle, Sort: &sort, Limit: &limit})
	check("list", err, list.StatusCode(), 200, list.Body)
	if len(list.JSON200.Items) != 1 || list.JSON200.Items[0].Likes != 1 || list.JSON200.Next != nil {
		panic("the list isn't read as it is")
	}
	events, err := client.ListEventsWithResponse(ctx, nil)
	check("events", err, events.StatusCode(), 200, events.Body)
	removed, err := client.RemovePostWithResponse(ctx, id(post.JSON201.Id), nil, api.Why{})
	check("remove", err, removed.StatusCode(), 200, removed.Body)
	fmt.Println(done)
}

func id(text string) (found openapi_types.UUID) {
	if err := found.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return found
}
