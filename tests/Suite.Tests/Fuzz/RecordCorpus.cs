namespace Suite.Tests.Fuzz;

/// <summary>The records that the pipeline makes of the captures, for tests of readers of records.</summary>
internal sealed class RecordCorpus
{
    // The number of records of each topic and stream. The first ones are as good as all.
    private const int MaxRecords = 500;

    private readonly List<byte[]> _records = [];

    public RecordCorpus()
    {
        var run = new PipelineRun(Handing.Straight, 0);
        var reader = new Shared.Records.CapnProto.MessageReader();
        foreach (var stream in BmpCorpus.Captured.Streams)
        {
            var random = new SeededRandom(1);
            run.Run(stream.Bytes, ref random);
            foreach (var topic in run.Topics)
            {
                var bytes = topic.Bytes;
                for (int i = 0; i < MaxRecords && reader.TryRead(bytes, out _, out int length); i++, bytes = bytes[length..])
                    _records.Add(bytes[..length].ToArray());
            }
        }
    }

    public void Compose(Mutator mutator)
    {
        ref var random = ref mutator.Random;
        mutator.Append(_records[random.Below(_records.Count)]);
        if (random.OneIn(4))
            mutator.Append(_records[random.Below(_records.Count)]);
        mutator.MutateAnywhere(_records[random.Below(_records.Count)]);
    }
}
