using System.Globalization;
using System.Runtime.Versioning;
using Soket.Perf.Soak;

[assembly: SupportedOSPlatform("linux")]

int seconds = 600;
int connections = 200;
for (int i = 0; i + 1 < args.Length; i += 2)
{
    if (!int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number == 0 || args[i] is not ("--seconds" or "--connections"))
        return Usage();
    (seconds, connections) = args[i] == "--seconds" ? (number, connections) : (seconds, number);
}

if (args.Length % 2 != 0)
    return Usage();
return await Soak.RunAsync(TimeSpan.FromSeconds(seconds), connections) ? 0 : 1;

static int Usage()
{
    Console.Error.WriteLine("usage: run [--seconds 600] [--connections 200]");
    return 2;
}
