using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;
using Soket.Web;

namespace Soket.Http.Files;

/// <summary>
/// The files below a folder, as a web server gives them out: whole or a range, or not again when the client has them. Nothing above the folder, no link, and nothing
/// whose name begins with a dot is ever given out.
/// </summary>
/// <param name="root">The folder.</param>
/// <param name="hosts">
/// Names that a request may give as its host, beside addresses and localhost; <c>*</c> for all. A page elsewhere can have its own name lead to this machine
/// (DNS rebinding), and is stopped by that.
/// </param>
public sealed class HttpFiles(string root, IReadOnlyCollection<string> hosts)
{
    private const int OutOfDescriptors = 24;      // EMFILE, the same number everywhere
    private const int OutOfDescriptorsInAll = 23; // ENFILE

    // Where a file may have a second name, of eight characters and three: .git is GIT~1 as well.
    private static readonly bool HasShortNames = OperatingSystem.IsWindows();

    private static readonly FileExtensionContentTypeProvider Types = new();
    private readonly string _root = Path.GetFullPath(root);
    private readonly KnownHosts _hosts = new(hosts);

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request, and its answer.</param>
    public Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        if (!_hosts.Contains(context.Request.Host))
            return SayAsync(context, StatusCodes.Status421MisdirectedRequest, "This host is not served here.");
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return SayAsync(context, StatusCodes.Status405MethodNotAllowed, "Only GET and HEAD.");
        }

        string path = context.Request.Path.Value ?? "/";
        if (Find(path) is not { } found)
            return SayAsync(context, StatusCodes.Status404NotFound, "Nothing is here.");
        if (found is FileInfo file)
            return path.EndsWith('/') ? SayAsync(context, StatusCodes.Status404NotFound, "Nothing is here.") : SendAsync(context, file);
        if (!path.EndsWith('/'))
        {
            string query = context.Request.QueryString.ToUriComponent();
            if (query.AsSpan().ContainsAnyExceptInRange('!', '~'))
                return SayAsync(context, StatusCodes.Status400BadRequest, "The query holds what no address may.");
            // One slash at its beginning: two would name another host (RFC 3986 4.2).
            context.Response.Headers.Location = new PathString("/" + path.TrimStart('/') + "/").ToUriComponent() + query;
            return SayAsync(context, StatusCodes.Status308PermanentRedirect, "A folder's name ends with a slash.");
        }

        return Find(path + "index.html") is FileInfo index ? SendAsync(context, index) : ListAsync(context, (DirectoryInfo)found, path);
    }

    // Name by name from the root down, so that no part of the way is a link or a step up.
    private FileSystemInfo? Find(string path)
    {
        FileSystemInfo found = new DirectoryInfo(_root);
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (found is not DirectoryInfo || !IsPlain(name, HasShortNames))
                return null;
            string next = Path.Combine(found.FullName, name);
            found = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            if (!found.Exists || found.LinkTarget is not null || (found.Attributes & (FileAttributes.ReparsePoint | FileAttributes.Device)) != 0)
                return null;
        }

        return found.Exists ? found : null;
    }

    /// <summary>Whether a name is one that may be given out.</summary>
    /// <param name="name">A name between slashes.</param>
    /// <param name="hasShortNames">Whether the system may know a file by a short name, which shows nothing of how the long one begins.</param>
    internal static bool IsPlain(string name, bool hasShortNames) =>
        (!name.StartsWith('.') || name == ".well-known") && !name.AsSpan().ContainsAny("/\\:\0") && !name.Contains("%2f", StringComparison.OrdinalIgnoreCase) && name.TrimEnd(' ', '.') == name
        && !(hasShortNames && IsShort(name));

    // A tilde and a number.
    private static bool IsShort(string name)
    {
        for (int i = 1; i < name.Length; i++)
        {
            if (name[i - 1] == '~' && char.IsAsciiDigit(name[i]))
                return true;
        }

        return false;
    }

    private static async Task SendAsync(HttpContext context, FileInfo file)
    {
        Stream stream;
        try
        {
            // Pipes, sockets and devices have no length, and a pipe keeps whoever opens it until somebody writes to it. Only what has a length is opened.
            stream = file.Length == 0 ? Stream.Null : new FileStream(file.FullName, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        }
        catch (IOException e) when (e.HResult is OutOfDescriptors or OutOfDescriptorsInAll)
        {
            context.Response.Headers.RetryAfter = "1";
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, "The server has too many files open at the moment.").ConfigureAwait(false);
            return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await SayAsync(context, StatusCodes.Status403Forbidden, "This file cannot be read.").ConfigureAwait(false);
            return;
        }

        await using (stream.ConfigureAwait(false))
        {
            HttpResponse response = context.Response;
            ResponseHeaders head = response.GetTypedHeaders();
            long length = stream.Length;
            var changed = new DateTimeOffset(file.LastWriteTimeUtc);
            changed = changed.AddTicks(-(changed.Ticks % TimeSpan.TicksPerSecond));
            var tag = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{file.LastWriteTimeUtc.Ticks:x}-{length:x}\""));
            (head.LastModified, head.ETag) = (changed, tag);
            response.Headers.AcceptRanges = "bytes";
            string type = Types.TryGetContentType(file.Name, out string? known) ? known : "application/octet-stream";
            response.ContentType = type.StartsWith("text/", StringComparison.Ordinal) ? type + "; charset=utf-8" : type;
            RequestHeaders asked = context.Request.GetTypedHeaders();
            bool same = asked.IfNoneMatch.Count > 0 ? asked.IfNoneMatch.Any(one => one.Compare(tag, useStrongComparison: false) || one.Equals(EntityTagHeaderValue.Any)) : asked.IfModifiedSince >= changed;
            if (same)
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                response.ContentType = null;
                return;
            }

            (long from, long count) = (0, length);
            // A condition that cannot be read is not met.
            bool wanted = context.Request.Headers.IfRange.Count == 0 || (asked.IfRange is { } when && (when.EntityTag?.Compare(tag, useStrongComparison: true) ?? when.LastModified == changed));
            // One range; several, which nobody needs, are answered with all of it (RFC 9110 14.2).
            if (wanted && asked.Range is { Ranges: { Count: 1 } ranges, Unit.Value: "bytes" })
            {
                RangeItemHeaderValue range = ranges.First();
                from = range.From ?? Math.Max(0, length - range.To!.Value);
                count = (range.From is null ? length : Math.Min(length, (range.To ?? (length - 1)) + 1)) - from;
                if (count <= 0)
                {
                    response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{length}");
                    await SayAsync(context, StatusCodes.Status416RangeNotSatisfiable, "The file is shorter.").ConfigureAwait(false);
                    return;
                }

                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{from + count - 1}/{length}");
            }

            response.ContentLength = count;
            if (HttpMethods.IsHead(context.Request.Method))
                return;
            stream.Seek(from, SeekOrigin.Begin);
            await CopyAsync(stream, response.Body, count, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static async Task CopyAsync(Stream file, Stream output, long count, CancellationToken cancellationToken)
    {
        byte[] piece = new byte[64 * 1024];
        while (count > 0)
        {
            int read = await file.ReadAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, count)), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                throw new EndOfStreamException("The file became shorter while it was sent."); // Kestrel breaks the answer off, so that the client sees it
            await output.WriteAsync(piece.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            count -= read;
        }
    }

    private static async Task ListAsync(HttpContext context, DirectoryInfo folder, string path)
    {
        const int Most = 10_000;
        string title = WebUtility.HtmlEncode(path);
        var page = new StringBuilder($"<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n");
        if (path != "/")
            page.Append("<li><a href=\"../\">../</a></li>\n");
        IEnumerable<FileSystemInfo> entries = folder.EnumerateFileSystemInfos().Where(entry => IsPlain(entry.Name, HasShortNames) && entry.LinkTarget is null).Take(Most);
        foreach (FileSystemInfo entry in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            string name = entry is DirectoryInfo ? entry.Name + "/" : entry.Name;
            page.Append(CultureInfo.InvariantCulture, $"<li><a href=\"./{Uri.EscapeDataString(entry.Name)}{(entry is DirectoryInfo ? "/" : "")}\">{WebUtility.HtmlEncode(name)}</a></li>\n");
        }

        page.Append("</ul>\n");
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers[HeaderNames.ContentSecurityPolicy] = "default-src 'none'";
        await WriteAsync(context, page.ToString()).ConfigureAwait(false);
    }

    private static Task SayAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return WriteAsync(context, text + "\n");
    }

    private static async Task WriteAsync(HttpContext context, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }
}
