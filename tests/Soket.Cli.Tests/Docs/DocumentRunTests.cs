using Xunit;

namespace Soket.Cli.Tests.Docs;

/// <summary>That the runner of documents notices what it is there to notice.</summary>
public sealed class DocumentRunTests
{
    [Fact]
    public async Task What_is_right_passes() => await DocumentRun.RunAsync(
        """
        ```sh greet.sh
        echo "Hello at $(date '+%F %T')"; echo three; echo four; printf '> '; read -r line; echo "you typed $line"
        ```
        ```console
        $ echo one; echo two >&2
        one
        two
        $ bash greet.sh
        Hello at 2025-04-10 10:20:12
        ...
        four
        > some words
        you typed some words
        ```
        ```console server
        $ echo ready; read -r line; echo never
        ready
        ```
        ```console
        $ echo meanwhile
        mean...
        ```
        ```console server
        ^C
        ```
        """,
        "en");

    [Theory]
    [InlineData("$ echo one", "one")]                          // shows more than the document
    [InlineData("$ true\none", "- one")]                       // shows less
    [InlineData("$ echo two; echo three\ntwo\nfour", "+ three")]
    [InlineData("$ echo two &", "ready")]                      // nobody knows when to go on
    [InlineData("one", "nothing runs")]
    public async Task What_is_not_so_fails_with_what_differs(string lines, string said)
    {
        var differs = await Assert.ThrowsAsync<DocumentDiffersException>(() => DocumentRun.RunAsync($"```console\n{lines}\n```", "en"));
        Assert.Contains(said, differs.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accepting_writes_what_changed_and_nothing_else() => Assert.Equal(
        """
        A list:
          ```console
          $ date '+%F %T'; echo new; echo same
          2025-04-10 10:20:12
          new
          same
          ```
        ```console server
        $ echo ready; printf '> '; read -r line; echo "got $line"; read -r line
        ready
        > one
        got one
        ```
        """,
        await DocumentRun.AcceptAsync(
            """
            A list:
              ```console
              $ date '+%F %T'; echo new; echo same
              2025-04-10 10:20:12
              old
              older
              same
              ```
            ```console server
            $ echo ready; printf '> '; read -r line; echo "got $line"; read -r line
            ready
            > one
            got two
            ```
            """,
            "en"));

    [Fact]
    public void What_is_accepted_looks_like_a_document()
    {
        var expected = new Expectation(["10:20:12.001  one", "  gone", "...", "last"]);
        Assert.Equal(
            ["10:20:12.001  one", "10:20:12.001  `python3 a.py` (PID 4711, user ipin)", "...", "last"],
            expected.Accept("11:11:11.111  one\n11:11:11.112  `/opt/bin/python3 a.py` (PID 99, user root)\nmore\nmore\nlast\n"));
    }

    [Fact]
    public void What_no_two_runs_share_is_alike()
    {
        var expected = new Expectation(["03:23:55.001  #3   connected: [::1]:50016", "  4 bytes in 6.71 ms", "IPIN | 4 | 2025-04-10 10:20:12 | Data telah diproses"]);
        Assert.True(expected.MatchWhole("23:00:01.999  #3   connected: [::1]:41002\n  4 bytes in 12 µs\nIPIN | 4 | 2031-01-01 00:00:00 | Data telah diproses\n"));
        Assert.False(expected.MatchWhole("23:00:01.999  #3   connected: [::1]:8080\n  4 bytes in 12 µs\nIPIN | 4 | 2031-01-01 00:00:00 | Data telah diproses\n"));
    }

    [Theory]
    [InlineData("did not greet within\n    302 ms. In SMTP the server speaks\n    first.")]
    [InlineData("did not greet within 302\n    ms. In SMTP the server speaks first.")]
    [InlineData("did not greet within 302 ms.\n    In SMTP the server speaks first.")]
    public void Where_a_line_is_folded_makes_no_difference(string shown)
    {
        string[] documents = ["did not greet within\n    306.3 ms. In SMTP the server speaks\n    first.", "did not greet within 1\n    ms. In SMTP the server\n    speaks first."];
        foreach (string document in documents)
        {
            var expected = new Expectation([.. document.Split('\n'), "more"]);
            Assert.True(expected.MatchWhole(shown + "\nmore\n"));
            Assert.Equal((shown + "\nmore\n").Count(c => c == '\n'), expected.MatchStart(shown + "\nmore\nand more\n"));
            Assert.False(expected.MatchWhole(shown.Replace("SMTP", "IMAP", StringComparison.Ordinal) + "\nmore\n"));
            Assert.Equal([.. document.Split('\n'), "more"], expected.Accept(document + "\nmore\n"));
        }
    }

    [Fact]
    public void The_times_of_a_diagram_and_where_it_waited_are_not_compared()
    {
        var expected = new Expectation(["  12.10 connect(8080)  │── SYN ──▶│", "+113 ms                ┊         ┊", "        [ESTABLISHED]  │◀─ ACK ──│"]);
        Assert.True(expected.MatchWhole("   0.03 connect(8080)  │── SYN ──▶│\n        [ESTABLISHED]  │◀─ ACK ──│\n"));
        Assert.True(expected.MatchWhole("   2094 connect(8080)  │── SYN ──▶│\n+2.10 s                ┊         ┊\n        [ESTABLISHED]  │◀─ ACK ──│\n"));
        Assert.False(expected.MatchWhole("   0.03 connect(8080)  │── SYN ──▶│\n        [SYN_SENT]     │◀─ ACK ──│\n"));
        Assert.Equal(["  12.10 connect(8080)  │── SYN ──▶│", "        [ESTABLISHED]  │◀─ ACK ──│"], expected.Accept("   9.00 connect(8080)  │── SYN ──▶│\n+201 ms                ┊         ┊\n        [ESTABLISHED]  │◀─ ACK ──│\n"));
    }
}
