using System.Diagnostics;
using Xunit;

namespace Soket.Cli.Tests.Docs;

/// <summary>
/// A network namespace with nothing but loopback: documents name ports such as 8080, and who else uses them on this machine must not matter.
/// Names come from the hosts file alone, and programs have no privileges: what a document shows of either must not depend on who runs it, and where.
/// </summary>
internal sealed class NetworkOfItsOwn : IAsyncDisposable
{
    private const string HostsFileOnly = "names=$(mktemp) && echo 'hosts: files' > $names && mount --bind $names /etc/nsswitch.conf && rm $names";

    private readonly Process _holder;
    private readonly string[] _enter;

    private NetworkOfItsOwn(Process holder, bool asUser)
    {
        _holder = holder;
        string pid = holder.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _enter = asUser ? ["-t", pid, "-U", "-m", "-n", "--preserve-credentials"] : ["-t", pid, "-m", "-n"];
    }

    /// <summary>Makes one, or skips the test and says why it cannot; in CI that is a failure.</summary>
    public static async Task<NetworkOfItsOwn> CreateAsync()
    {
        string unshare = Peers.Require("unshare");
        Peers.Require("nsenter");
        Peers.Require("setpriv");
        string ip = Peers.Require("ip");
        string refused = "";
        foreach (bool asUser in Environment.IsPrivilegedProcess ? new[] { false, true } : [true])
        {
            var start = new ProcessStartInfo(unshare, [asUser ? "-rmn" : "-mn", "sh", "-c", $"{ip} link set lo up && {HostsFileOnly} && echo ready && exec cat"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            Process holder = Process.Start(start)!;
            if (await holder.StandardOutput.ReadLineAsync().WaitAsync(SoketProcess.Patience) == "ready")
                return new NetworkOfItsOwn(holder, asUser);
            refused = (await holder.StandardError.ReadToEndAsync()).Trim();
            holder.Dispose();
        }

        string reason = "No network namespace can be made here: " + refused;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        Assert.Skip(reason);
        throw new InvalidOperationException();
    }

    /// <summary>A program that is to be started in here, in a folder.</summary>
    /// <remarks>
    /// It has no privileges but one: with CAP_SETFCAP root may still do what every user may, make a network of its own (<c>unshare -rn</c>;
    /// user_namespaces(7) asks for it when user 0 is mapped, since Linux 5.12).
    /// </remarks>
    public ProcessStartInfo Enter(string folder, string program, params string[] arguments) =>
        new("nsenter", [.. _enter, "env", "-C", folder, "setpriv", "--bounding-set=-all,+setfcap", "--inh-caps=-all", program, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        _holder.StandardInput.Close();
        await _holder.WaitForExitAsync().WaitAsync(SoketProcess.Patience);
        _holder.Dispose();
    }
}
