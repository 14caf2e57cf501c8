using System.Formats.Tar;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Soket.Cli.Tests.Docs;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Cli.Tests.Interop.Packets;

/// <summary>
/// The captures that come with tcpdump's source, many of them made to break a decoder. They are fetched from where apt gets its packages, kept in
/// .build, and never part of the repository.
/// </summary>
internal static partial class TcpdumpCorpus
{
    /// <summary>The files by name: captures, and what tcpdump prints for them. Skips the test where they are not to be had.</summary>
    public static async Task<IReadOnlyDictionary<string, byte[]>> FilesAsync()
    {
        string archive = await ArchiveAsync();
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await using var gzip = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
        await using var reader = new TarReader(gzip);
        while (await reader.GetNextEntryAsync() is { } entry)
        {
            if (entry.DataStream is null || !entry.Name.Contains("/tests/", StringComparison.Ordinal))
                continue;
            using var bytes = new MemoryStream();
            await entry.DataStream.CopyToAsync(bytes);
            files[entry.Name[(entry.Name.LastIndexOf('/') + 1)..]] = bytes.ToArray();
        }

        Assert.True(files.Count > 300, $"only {files.Count} files in {archive}");
        return files;
    }

    /// <summary>The packets of every capture, by link.</summary>
    public static IEnumerable<(string File, CapturedPacket Packet)> Packets(IReadOnlyDictionary<string, byte[]> files) =>
        from file in files
        orderby file.Key
        from packet in Read(file.Value)
        select (file.Key, packet);

    /// <summary>The packets of a capture of either kind, up to the first that is not whole. The old kind is read without the code under test; the new kind is not.</summary>
    public static List<CapturedPacket> Read(byte[] file)
    {
        List<CapturedPacket> packets = PcapFile.Read(file);
        if (file is not [0x0a, 0x0d, 0x0d, 0x0a, ..])
            return packets;
        try
        {
            using var reader = CaptureReader.Open(new MemoryStream(file));
            while (reader.TryRead(out CapturedPacket packet))
                packets.Add(packet with { Bytes = packet.Bytes.ToArray() });
        }
        catch (CaptureFileException)
        {
            // What came before the bad block counts.
        }

        return packets;
    }

    private static async Task<string> ArchiveAsync()
    {
        string folder = Path.Combine(Documents.Root, ".build", "tcpdump-source");
        Directory.CreateDirectory(folder);
        if (Directory.EnumerateFiles(folder, "*.orig.tar.gz").FirstOrDefault() is { } kept)
            return kept;
        await using SoketProcess apt = SoketProcess.Peer(Peers.Require("apt-get"), "download", "--print-uris", "tcpdump");
        Finished uris = await apt.FinishAsync();
        Match package = Package().Match(uris.Out);
        if (!package.Success)
            Assert.Skip($"apt does not know where tcpdump is to be had: {uris.Error.Trim()}");
        string name = $"tcpdump_{package.Groups["version"].Value}.orig.tar.gz", part = Path.Combine(folder, $"{name}.{Environment.ProcessId}");

        // apt's own way: it knows of proxies.
        await using SoketProcess get = SoketProcess.Peer("/usr/lib/apt/apt-helper", "download-file", package.Groups["folder"].Value + name, part);
        Finished got = await get.FinishAsync();
        if (got.ExitCode != 0)
            Assert.Skip($"tcpdump's source is not to be had: {got.Error.Trim()}");
        string archive = Path.Combine(folder, name);
        File.Move(part, archive, overwrite: true);
        return archive;
    }

    [GeneratedRegex(@"'(?<folder>\S+/)tcpdump_(?<version>[^_-]+)[^_]*_\w+\.deb'")]
    private static partial Regex Package();
}
