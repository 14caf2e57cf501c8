using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Languages;
using Soket.Protocols.StartTls;
using Soket.Tests.Clients;
using Xunit;

namespace Soket.Tests.StartTls;

/// <summary>The dialogues before TLS against servers made of lines: right ones, wrong ones, hostile ones.</summary>
public sealed class StartTlsTests
{
    private const string Greeting = "220 mail.test ESMTP\r\n", Offer = "250-mail.test\r\n250 STARTTLS\r\n";

    [Theory]
    [InlineData("smtp", Greeting, "250-mail.test\r\n250-SIZE 1\r\n250 starttls\r\n|220 go\r\n", "EHLO [127.0.0.1]\r\nSTARTTLS\r\n")]
    [InlineData("smtp", "220-mail.test\r\n220 ready\r\n", Offer + "|220 go\r\n", "EHLO [127.0.0.1]\r\nSTARTTLS\r\n")]
    [InlineData("smtp", "220\n", "250-a\n250 STARTTLS\n|220\n", "EHLO [127.0.0.1]\r\nSTARTTLS\r\n")] // line ends as some write them
    [InlineData("imap", "* OK ready\r\n", "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK done\r\n|a2 OK go\r\n", "a1 CAPABILITY\r\na2 STARTTLS\r\n")]
    [InlineData("pop3", "+OK ready\r\n", "+OK list\r\nTOP\r\nSTLS\r\n.\r\n|+OK go\r\n", "CAPA\r\nSTLS\r\n")]
    [InlineData("ftp", "220-welcome\r\n to this server\r\n123 go here\r\n220 ready\r\n", "234 go\r\n", "AUTH TLS\r\n")]
    public async Task The_dialogue_ends_where_TLS_begins(string protocol, string greeting, string answers, string said)
    {
        // The server then hears something more, and ends: it is the handshake that fails, and not the dialogue.
        await using ScriptedServer server = Server(greeting, answers + "|");
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => ConnectAsync(server, protocol, TimeSpan.FromSeconds(30)));
        Assert.Equal(SocketCall.TlsHandshake, failure.Call);
        string heard = Encoding.Latin1.GetString(server.Heard);
        Assert.StartsWith(said, heard, StringComparison.Ordinal);
        Assert.Equal('\u0016', heard[said.Length]); // a ClientHello, and nothing in between
    }

    [Theory]
    [InlineData("smtp", Greeting, "250-mail.test\r\n250 SIZE\r\n", "starttls-not-offered", "250 SIZE")]
    [InlineData("smtp", Greeting, "250-mail.test\r\n250 XSTARTTLS STARTTLS\r\n", "starttls-not-offered", "XSTARTTLS")] // a word in another capability's place
    [InlineData("smtp", Greeting, "502 what\r\n", "starttls-refused", "502 what")]
    [InlineData("smtp", "554 not you\r\n", "", "starttls-refused", "does not welcome")]
    [InlineData("smtp", Greeting, Offer + "|454 no certificate\r\n", "starttls-refused", "was asked for TLS and refused: \"454 no certificate\"")]
    [InlineData("smtp", "SSH-2.0-x\r\n", "", "starttls-wrong-protocol", "which is SSH")]
    [InlineData("smtp", "* OK ready\r\n", "", "starttls-wrong-protocol", "which is IMAP")]
    [InlineData("smtp", Greeting, "250-a\r\n354 b\r\n", "starttls-wrong-protocol", "none of SMTP")]
    [InlineData("smtp", Greeting + "250 STARTTLS\r\n", "", "starttls-wrong-protocol", "said more than it was asked")]
    [InlineData("smtp", Greeting, "|", "starttls-wrong-protocol", "without a word")]
    [InlineData("smtp", Greeting, Offer + "|220 go\r\n250 queued\r\n", "starttls-injected", "250 queued")] // CVE-2011-0411
    [InlineData("smtp", Greeting, Offer + "|220 go\r\n2", "starttls-injected", "\"2\"")]
    [InlineData("imap", "* PREAUTH in already\r\n", "", "starttls-refused", "PREAUTH")]
    [InlineData("imap", "* BYE full\r\n", "", "starttls-refused", "BYE full")]
    [InlineData("imap", "* OK ready\r\n", "* CAPABILITY IMAP4rev1\r\na1 OK done\r\n", "starttls-not-offered", "a1 OK done")]
    [InlineData("imap", "* OK ready\r\n", "a2 OK wrong tag\r\n", "starttls-wrong-protocol", "none of IMAP")]
    [InlineData("imap", "* OK ready\r\n", "* CAPABILITY STARTTLS\r\na1 OK done\r\n|a2 BAD no\r\n", "starttls-refused", "a2 BAD no")]
    [InlineData("imap", "* OK ready\r\n", "* CAPABILITY STARTTLS\r\na1 OK done\r\n|a2 OK go\r\n* OK [ALERT] smuggled\r\n", "starttls-injected", "smuggled")]
    [InlineData("pop3", "-ERR go away\r\n", "", "starttls-refused", "go away")]
    [InlineData("pop3", "+OK ready\r\n", "-ERR what\r\n", "starttls-not-offered", "-ERR what")]
    [InlineData("pop3", "+OK ready\r\n", "+OK\r\nTOP\r\n.\r\n", "starttls-not-offered", "POP3")]
    [InlineData("pop3", "+OK ready\r\n", "+OK\r\nSTLS\r\n.\r\n|+OK go\r\n+OK smuggled\r\n", "starttls-injected", "smuggled")]
    [InlineData("ftp", "220 ready\r\n", "500 what\r\n", "starttls-not-offered", "500 what")]
    [InlineData("ftp", "220 ready\r\n", "534 policy\r\n", "starttls-refused", "534 policy")]
    [InlineData("ftp", "220 ready\r\n", "234 go\r\n230 in\r\n", "starttls-injected", "230 in")]
    [InlineData("ftp", "hello\r\n", "", "starttls-wrong-protocol", "hello")]
    public async Task What_ends_without_TLS_is_explained(string protocol, string greeting, string answers, string code, string part)
    {
        await using ScriptedServer server = Server(greeting, answers);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => ConnectAsync(server, protocol, TimeSpan.FromSeconds(30)));
        Assert.Equal(SocketCall.StartTls, failure.Call);
        foreach (Language language in Enum.GetValues<Language>())
        {
            Explanation explanation = new Explainer(new NoSystemFacts()).Explain(failure, language);
            Assert.Equal(code, explanation.Code);
            Assert.DoesNotContain('{', explanation.Cause + explanation.Remedy);
            if (language == Language.English)
                Assert.Contains(part, explanation.Cause, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", "did not greet")]
    [InlineData("220 ma", "did not end the line")]
    [InlineData(Greeting, "then did not answer")]
    public async Task Silence_is_told_by_how_far_it_got(string greeting, string part)
    {
        await using var server = new ScriptedServer { AtOnce = ScriptedServer.Text(greeting) };
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => ConnectAsync(server, "smtp", TimeSpan.FromSeconds(3)));
        Explanation explanation = new Explainer(new NoSystemFacts()).Explain(failure, Language.English);
        Assert.Equal("starttls-timed-out", explanation.Code);
        Assert.Contains(part, explanation.Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("220 ", "")]        // a line without end
    [InlineData("", "220-x\r\n")]   // an answer without end
    public async Task What_never_ends_is_given_up_when_it_is_too_long(string start, string again)
    {
        string text = start + string.Concat(Enumerable.Repeat(again.Length > 0 ? again : "x", 40 * 1024));
        await using var server = new ScriptedServer { AtOnce = ScriptedServer.Text(text) };
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => ConnectAsync(server, "smtp", TimeSpan.FromSeconds(30)));
        Assert.Equal("STARTTLS_NOT_PROTOCOL", failure.Error.Name);
        Assert.Contains("longer than", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_of_any_kind_are_taken_without_a_word_and_read_the_same_in_pieces() =>
        Prop.ForAll(Gen.Elements("220", "250-", "* OK", "a1 OK", "+OK", ".", " ", "\r\n", "\n", "\0", "x", "é").ArrayOf().Select(string.Concat).ToArbitrary(), static text =>
        {
            byte[] bytes = ScriptedServer.Text(text);
            foreach (Func<ReadOnlySequence<byte>, (ReplyResult, string, long)> read in Readers())
            {
                (ReplyResult Result, string Lines, long Left) whole = read(new(bytes));
                for (int cut = 0; cut <= bytes.Length; cut++)
                {
                    if (read(Protocols.Pieces.Of(bytes, cut)) != whole)
                        return false;
                }

                if (whole.Result != ReplyResult.Reply && whole.Left != bytes.Length)
                    return false;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    private static IEnumerable<Func<ReadOnlySequence<byte>, (ReplyResult, string, long)>> Readers()
    {
        yield return static buffer => (ReplyReader.TryReadNumbered(ref buffer, isFtp: false, out ServerReply? reply), Shown(reply), buffer.Length);
        yield return static buffer => (ReplyReader.TryReadNumbered(ref buffer, isFtp: true, out ServerReply? reply), Shown(reply), buffer.Length);
        yield return static buffer => (ReplyReader.TryReadImap(ref buffer, null, out ServerReply? reply), Shown(reply), buffer.Length);
        yield return static buffer => (ReplyReader.TryReadImap(ref buffer, "a1", out ServerReply? reply), Shown(reply), buffer.Length);
        yield return static buffer => (ReplyReader.TryReadPop3(ref buffer, isList: true, out ServerReply? reply), Shown(reply), buffer.Length);
    }

    private static string Shown(ServerReply? reply) => reply is null ? "" : string.Join('\n', reply.Lines);

    private static ScriptedServer Server(string greeting, string answers)
    {
        List<byte[]?> parts = answers.Length == 0 ? [] : [.. answers.Split('|').Select(part => part.Length == 0 ? null : ScriptedServer.Text(part))];
        return new ScriptedServer([.. parts.Take(parts.Contains(null) ? parts.IndexOf(null) + 1 : parts.Count)]) { AtOnce = ScriptedServer.Text(greeting) };
    }

    private static async Task ConnectAsync(ScriptedServer server, string protocol, TimeSpan timeout)
    {
        await using Microsoft.AspNetCore.Connections.ConnectionContext connection = await SocketClient.ConnectAsync(
            SocketUri.Create(SocketScheme.Tls, "127.0.0.1", server.Port),
            new SocketClientOptions
            {
                StartTls = Enum.Parse<StartTlsProtocol>(protocol, ignoreCase: true),
                ConnectTimeout = timeout,
                Tls = new Middleware.Tls.TlsClientSettings { TargetHost = "127.0.0.1", HandshakeTimeout = TimeSpan.FromSeconds(30) },
            },
            TestContext.Current.CancellationToken);
    }
}
