using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using Shared.Kafka;

namespace Shared.Tests.Kafka;

/// <summary>rd_kafka_test_fatal_error of rdkafka.h: the documented way to see how a program takes a fatal error.</summary>
internal static class FatalError
{
    public static void Provoke(Handle handle)
    {
        var native = (SafeHandle)typeof(Handle).GetProperty("LibrdkafkaHandle", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(handle)!;
        nint library = NativeLibrary.Load(Shared.Kafka.Librdkafka.Path);
        nint function = NativeLibrary.GetExport(library, "rd_kafka_test_fatal_error");
        Marshal.GetDelegateForFunctionPointer<TestFatalError>(function)(native.DangerousGetHandle(), (int)ErrorCode.OutOfOrderSequenceNumber, "provoked");
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int TestFatalError(nint client, int error, [MarshalAs(UnmanagedType.LPUTF8Str)] string reason);
}
