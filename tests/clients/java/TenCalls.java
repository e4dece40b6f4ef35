import java.util.UUID;

import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.AccountsApi;
import org.openapitools.client.api.EventsApi;
import org.openapitools.client.api.PostsApi;
import org.openapitools.client.api.TokensApi;
import org.openapitools.client.model.MakeToken;
import org.openapitools.client.model.NewComment;
import org.openapitools.client.model.PostEdit;
import org.openapitools.client.model.PostText;
import org.openapitools.client.model.Register;
import org.openapitools.client.model.Why;

/** Ten calls by the client that openapi-generator makes: `TenCalls ADDRESS HANDLE` prints how many went as they should. */
public class TenCalls {
    private static int done;

    public static void main(String[] arguments) throws ApiException {
        String handle = arguments[1], password = "correct horse battery";
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        new AccountsApi(client).registerAccount(new Register().handle(handle).password(password), null, null);
        done++;
        String token = new TokensApi(client)
            .makeToken(new MakeToken().handle(handle).password(password), null, null).getToken();
        client.setRequestInterceptor(request -> request.setHeader("Authorization", "Bearer " + token));
        done++;

        PostsApi posts = new PostsApi(client);
        PostText text = new PostText().title("From Java").body("Some words.");
        UUID post = UUID.fromString(posts.newPost(text, "shown", "\"a key\"").getId());
        require(posts.newPost(text, "shown", "a key").getId().equals(post.toString()), "a repeat is the first");
        done += 2;
        var shown = posts.showPostWithHttpInfo(post, null);
        require(shown.getData().getEditedAt() == null && shown.getData().getAuthor().equals(handle), "it is read as it is");
        done++;
        String tag = shown.getHeaders().get("etag").get(0);
        posts.editPost(post, tag, new PostEdit().title("From Java").body("Other words."), null, null);
        done++;
        try {
            posts.editPost(post, tag, new PostEdit().title("Late").body("Late."), null, null);
        } catch (ApiException stale) {
            require(stale.getCode() == 412, "a stale edit is refused");
            done++;
        }
        posts.addComment(post, new NewComment().body("Well said."), null, null);
        done++;
        require(posts.likePost(post, "shown", null).getLiked(), "it is liked");
        done++;
        var list = posts.listPosts(handle, null, null, null, null, "new", null, 1);
        require(list.getItems().size() == 1 && list.getItems().get(0).getLikes() == 1, "the list is read as it is");
        done++;
        require(!new EventsApi(client).listEvents(null, null, null).getItems().isEmpty(), "there are events");
        done++;
        posts.removePost(post, null, null, null, new Why());
        done++;
        System.out.println(done);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not so: " + what);
        }
    }
}
