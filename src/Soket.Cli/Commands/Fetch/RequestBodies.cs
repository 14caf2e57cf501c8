using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Http;

namespace Soket.Cli.Commands.Fetch;

/// <summary>What is sent along, from flags, files and standard input. Bytes are sent as they are: nothing is trimmed or converted.</summary>
internal static class RequestBodies
{
    private const int MostBuffered = 8 * 1024 * 1024; // of a pipe for -d: what is longer is sent in chunks, which many servers do not take
    private const int MostInMemory = 64 * 1024 * 1024; // of several -d together; a file alone is streamed

    /// <summary><c>-d</c>: texts and files joined by &amp;, as a form without files is.</summary>
    public static FetchBody Data(IReadOnlyList<string> texts, CliIo io)
    {
        const string Type = "application/x-www-form-urlencoded";
        if (texts is ["@-"])
            return Piped(io, Type);
        if (texts is [['@', .. var only]])
            return File(only, io, Type);
        var joined = new MemoryStream();
        foreach (string text in texts)
        {
            if (joined.Length > 0)
                joined.WriteByte((byte)'&');
            joined.Write(text.StartsWith('@') ? Whole(text[1..], io) : Encoding.UTF8.GetBytes(text));
        }

        return new FetchBody(joined.Length, () => new MemoryStream(joined.ToArray(), writable: false)) { ContentType = Type };
    }

    /// <summary>A file, or with <c>-</c> standard input: what a pipe brings has no length beforehand, and can be sent once.</summary>
    public static FetchBody File(string path, CliIo io, string? type = null)
    {
        if (path == "-")
            return new FetchBody(null, () => new StdinBody(io)) { ContentType = type, CanRepeat = false };
        long length = Length(path, io);
        return new FetchBody(length, () => Open(path, io)) { ContentType = type };
    }

    // All of standard input, with its length; where it is long, what was read and the rest behind it, in chunks.
    private static FetchBody Piped(CliIo io, string type)
    {
        var input = new StdinBody(io);
        byte[] piece = new byte[64 * 1024];
        var read = new MemoryStream();
        int count;
        while (read.Length <= MostBuffered && (count = input.Read(piece)) > 0)
            read.Write(piece, 0, count);
        if (read.Length <= MostBuffered)
            return new FetchBody(read.Length, () => new MemoryStream(read.ToArray(), writable: false)) { ContentType = type };
        read.Position = 0;
        return new FetchBody(null, () => new StdinBody(io, read)) { ContentType = type, CanRepeat = false };
    }

    /// <summary><c>-F</c>: NAME=VALUE, NAME=@FILE with ;type=TYPE and ;filename=NAME behind it, NAME=&lt;FILE for a file's content as a plain value.</summary>
    public static FetchBody Form(IReadOnlyList<string> texts, CliIo io)
    {
        var parts = new List<FormPart>();
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw io.Wrong("fetch.wrong.form", ("value", TerminalText.Safe(text)));
            string name = text[..equals], value = text[(equals + 1)..];
            if (value is not ['@' or '<', .. var rest])
            {
                parts.Add(new FormPart(name, FetchBody.Of(Encoding.UTF8.GetBytes(value))));
                continue;
            }

            string[] words = rest.Split(';');
            string? type = Parameter(words, "type"), fileName = Parameter(words, "filename");
            bool file = value[0] == '@';
            FetchBody content = File(words[0], io, type ?? (file ? "application/octet-stream" : null));
            parts.Add(new FormPart(name, content) { FileName = file ? fileName ?? (words[0] == "-" ? "stdin" : Path.GetFileName(words[0])) : null });
        }

        return MultipartForm.Create(parts);
    }

    /// <summary>A secret, or with @ the first line of a file: what is typed stands in the shell's history and in the process list.</summary>
    public static string Secret(string text, Flag flag, CliIo io)
    {
        if (!text.StartsWith('@'))
            return text;
        string secret = Encoding.UTF8.GetString(Whole(text[1..], io)).Split('\n', 2)[0].TrimEnd('\r');
        return secret.Length > 0 ? secret : throw io.Wrong("fetch.wrong.secret", ("flag", flag.Name));
    }

    private static string? Parameter(string[] words, string name) =>
        words.Skip(1).Select(word => word.Trim()).FirstOrDefault(word => word.StartsWith(name + "=", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim('"');

    private static byte[] Whole(string path, CliIo io)
    {
        using Stream stream = path == "-" ? new StdinBody(io) : Open(path, io);
        var all = new MemoryStream();
        byte[] piece = new byte[64 * 1024];
        int read;
        while ((read = stream.Read(piece)) > 0)
        {
            all.Write(piece, 0, read);
            if (all.Length > MostInMemory)
                throw io.Wrong("fetch.wrong.data-large", ("path", TerminalText.Safe(path)), ("limit", Settings.Units.FormatBytes(MostInMemory)));
        }

        return all.ToArray();
    }

    private static long Length(string path, CliIo io)
    {
        using FileStream stream = Open(path, io);
        return stream.Length;
    }

    private static FileStream Open(string path, CliIo io)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("fetch.wrong.file", ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));
        }
    }
}
