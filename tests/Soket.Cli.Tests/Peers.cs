using Xunit;

namespace Soket.Cli.Tests;

/// <summary>The programs of others that tests talk to.</summary>
internal static class Peers
{
    /// <summary>The path of a program. Skips the test where it is missing, and fails it where a missing peer is a failure (CI).</summary>
    public static string Require(params string[] names)
    {
        foreach (string name in names)
        {
            foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin"))
            {
                string path = Path.Combine(folder, name);
                if (File.Exists(path))
                    return path;
            }
        }

        string missing = $"{string.Join(" or ", names)} is not installed";
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(missing + ", and CI must have it");
        Assert.Skip(missing);
        throw new InvalidOperationException();
    }
}
