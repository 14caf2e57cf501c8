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
}
