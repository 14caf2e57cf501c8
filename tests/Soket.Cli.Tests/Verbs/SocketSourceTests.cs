using Soket.Cli.Commands.Sockets;
using Soket.Cli.Tests.Bench;
using Soket.Languages;
using Soket.SocketTable;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>Where a platform tells less than Linux does, <c>soket sockets</c> says what is missing.</summary>
public sealed class SocketSourceTests
{
    private static readonly string[] Keys = ["holders", "users", "queues", "timers", "raw", "unix", "info", "memory"];

    [Theory]
    [InlineData(Language.English, "Not told by IP helper: who has a socket, users, the queues, timers, raw sockets, Unix sockets, TCP_INFO, the memory of sockets.")]
    [InlineData(Language.Indonesian, "Tidak diberitahukan oleh IP helper: siapa pemegang socket, pengguna, antrean, timer, socket raw, socket Unix, TCP_INFO, memori socket.")]
    public void One_sentence_says_all_of_it(Language language, string sentence) =>
        Assert.Equal([sentence], SocketSource.Missing(new([], "IP helper", Keys), unseen: false, MadeRuns.Io(language)));

    [Fact]
    public void What_this_machine_would_say_without_its_own_table_has_its_words() =>
        Assert.Single(SocketSource.Missing(new PortableSocketTable().Read(new SocketTableQuery { Info = true, Memory = true }), unseen: false, MadeRuns.Io()));

    [Fact]
    public void Other_users_programs_are_only_missed_where_one_is_not_seen()
    {
        var snapshot = new SocketTableSnapshot([], "sock_diag", ["other-users"]);
        Assert.Empty(SocketSource.Missing(snapshot, unseen: false, MadeRuns.Io()));
        Assert.Equal("The programs of other users' sockets are shown to root only.", Assert.Single(SocketSource.Missing(snapshot, unseen: true, MadeRuns.Io())));
    }
}
