using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Soket.Endpoints;
using Soket.Languages;
using Soket.Services;
using Soket.Web;

namespace Soket.Chat.Internal;

/// <summary>
/// The chat's page: a few files of its own that a browser gets where the WebSocket is, and which take part there as every program does. Nothing comes from elsewhere,
/// and nothing runs or is shown as markup that does not stand in these files.
/// </summary>
internal sealed partial class ChatPage : ConnectionHandler, IAsyncDisposable
{
    private static readonly Texts Words = Texts.Load(typeof(ChatPage).Assembly, "chat", "chat-page");

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["chat.css"] = "text/css; charset=utf-8",
        ["chat.js"] = "text/javascript; charset=utf-8",
        ["log.js"] = "text/javascript; charset=utf-8",
        ["link.js"] = "text/javascript; charset=utf-8",
        ["words.js"] = "text/javascript; charset=utf-8",
        ["chat.svg"] = "image/svg+xml",
    };

    private readonly IReadOnlyCollection<string> _hosts;
    private readonly Language _language;
    private readonly HttpHandler _http;
    private readonly byte[]?[] _pages = new byte[]?[Enum.GetValues<Language>().Length]; // each written once, and equal whoever writes it

    public ChatPage(ChatPageOptions options, Language language)
    {
        (_hosts, _language) = (options.Hosts, language);
        _http = new HttpHandler(AnswerAsync) { MaxBody = 0 };
    }

    public override Task OnConnectedAsync(ConnectionContext connection) => _http.OnConnectedAsync(connection);

    public ValueTask DisposeAsync() => _http.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        SocketUri endpoint = context.Features.Get<IServedEndpointFeature>()?.Endpoint ?? default;
        HttpRequest request = context.Request;
        IHeaderDictionary head = context.Response.Headers;
        head.XContentTypeOptions = "nosniff";
        head.Connection = "close"; // A browser asks six times and then for the WebSocket, on a connection of its own.
        if (!request.Host.HasValue || !new KnownHosts([.. _hosts, endpoint.Host]).Contains(request.Host))
            return SayAsync(context, StatusCodes.Status421MisdirectedRequest, "host");
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            head.Allow = "GET, HEAD";
            return SayAsync(context, StatusCodes.Status405MethodNotAllowed, "method");
        }

        string own = endpoint.Path.Length == 0 ? "/" : endpoint.Path, path = request.Path.Value ?? "/";
        string folder = own[..(own.LastIndexOf('/') + 1)];
        head.CacheControl = "no-store"; // Another version of the server has another page.
        head["Referrer-Policy"] = "no-referrer";
        head["Cross-Origin-Opener-Policy"] = "same-origin";
        head["Cross-Origin-Resource-Policy"] = "same-origin";
        if (path == own)
        {
            Language language = LanguageOf(request);
            // Older browsers do not take 'self' for the WebSocket of the same host. The host is one of those that are known here.
            string socket = (endpoint.IsSecure ? "wss://" : "ws://") + request.Host.ToUriComponent();
            head.ContentSecurityPolicy = $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {socket}; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
            head.ContentLanguage = Code(language);
            return SendAsync(context, "text/html; charset=utf-8", _pages[(int)language] ??= Render(language));
        }

        return path.StartsWith(folder, StringComparison.Ordinal) && Types.TryGetValue(path[folder.Length..], out string? type)
            ? SendAsync(context, type, Encoding.UTF8.GetBytes(File(path[folder.Length..])))
            : SayAsync(context, StatusCodes.Status404NotFound, "nothing");
    }

    private Language LanguageOf(HttpRequest request)
    {
        if (LanguageChoice.TryParse(request.Query["lang"].ToString(), out Language asked))
            return asked;
        foreach (StringWithQualityHeaderValue preferred in request.GetTypedHeaders().AcceptLanguage.OrderByDescending(one => one.Quality ?? 1))
        {
            if (LanguageChoice.TryParse(preferred.Value.AsSpan(), out asked))
                return asked;
        }

        return _language;
    }

    // {key} is that text of the page; {words} what its script needs of them.
    private static byte[] Render(Language language) => Encoding.UTF8.GetBytes(Place().Replace(File("chat.html"), place => place.Groups["key"].Value switch
    {
        "lang" => Code(language),
        "words" => WordsOf(language),
        "commands" => WebUtility.HtmlEncode(string.Join(' ', ChatHall.CommandNames)),
        var key => WebUtility.HtmlEncode(Words.Get(language, "page." + key)),
    }));

    private static string WordsOf(Language language)
    {
        var bytes = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(bytes)) // it escapes what could end the script element
        {
            json.WriteStartObject();
            foreach (string key in Words.Keys.Order(StringComparer.Ordinal))
                json.WriteString(key, Words.Get(language, key));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static string File(string name)
    {
        using Stream stream = typeof(ChatPage).Assembly.GetManifestResourceStream("chat-page/" + name) ?? throw new InvalidDataException($"No {name} is embedded.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string Code(Language language) => language == Language.Indonesian ? "id" : "en";

    private static Task SayAsync(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        return SendAsync(context, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(string.Concat(Enum.GetValues<Language>().Select(language => Words.Get(language, "page.refusal." + why) + "\n"))));
    }

    private static async Task SendAsync(HttpContext context, string type, byte[] bytes)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }

    [GeneratedRegex(@"\{(?<key>[a-z-]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
